# Echo server: every message goes back with its type.
use v5.36;
use FindBin;
use lib $FindBin::Bin;
use IO::Select;
use IO::Socket::INET;
use Peer;
use Protocol::WebSocket::Handshake::Server;

$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(
  LocalAddr => $ENV{HOST} // '127.0.0.1',
  LocalPort => $ENV{PORT} // 9001,
  Listen    => 1024,
  ReuseAddr => 1,
) or die "cannot listen: $@\n";
my $readers = IO::Select->new($listener);
my $writers = IO::Select->new;
my %connections;

sub enter ($socket) {
  $socket->blocking(0);
  my $peer = Peer->new(Protocol::WebSocket::Handshake::Server->new);
  $connections{$socket} = {peer => $peer, out => ''};
  $readers->add($socket);
}

sub leave ($socket) {
  $_->remove($socket) for $readers, $writers;
  delete $connections{$socket};
  close $socket;
}

# Nothing is read while an echo is on its way, so that a peer that does not read cannot fill the memory.
sub receive ($socket) {
  my $connection = $connections{$socket} // return;
  sysread($socket, my $octets, $connection->{peer}->appetite) || return $!{EAGAIN} ? () : leave($socket);
  return if $connection->{peer}{ended};
  $connection->{out} .= eval { $connection->{peer}->take($octets) } // do {
    warn $@;
    return leave($socket);
  };
  transmit($socket);
}

sub transmit ($socket) {
  my $connection = $connections{$socket} // return;
  if (length $connection->{out}) {
    my $sent = syswrite($socket, $connection->{out});
    return leave($socket) unless defined $sent || $!{EAGAIN};
    substr($connection->{out}, 0, $sent // 0, '');
  }
  my $waiting = length $connection->{out};
  shutdown $socket, 1 if !$waiting && $connection->{peer}{ended};
  $waiting ? $readers->remove($socket) : $readers->add($socket);
  $waiting ? $writers->add($socket)    : $writers->remove($socket);
}

while (my ($readable, $writable) = IO::Select->select($readers, $writers)) {
  transmit($_) for @$writable;
  for my $socket (@$readable) {
    if ($socket != $listener) { receive($socket) }
    elsif (my $accepted = $listener->accept) { enter($accepted) }
  }
}
