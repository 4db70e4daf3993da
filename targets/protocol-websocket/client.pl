# Client driver: plays the fuzzer's cases one after the other, echoing every message.
use v5.36;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use Peer;
use Protocol::WebSocket::Handshake::Client;
use Protocol::WebSocket::URL;

$SIG{PIPE} = 'IGNORE';
my $agent = ($ENV{AGENT} // 'protocol-websocket') =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/ger;

# Opens one connection and serves it until it has closed; true if there was one.
sub visit ($path, @on_message) {
  my $url    = Protocol::WebSocket::URL->new->parse($ENV{FUZZER_URL} . $path);
  my $socket = IO::Socket::INET->new(PeerAddr => $url->host, PeerPort => $url->port, Timeout => 10);
  return warn "$path: $@\n" && 0 unless $socket;
  my $handshake = Protocol::WebSocket::Handshake::Client->new(url => $url);
  my $peer      = Peer->new($handshake, @on_message);
  eval {
    print {$socket} $handshake->to_string;
    $socket->flush;
    while (!$peer->{ended} && sysread $socket, my $octets, $peer->appetite) {
      print {$socket} $peer->take($octets);
      $socket->flush;
    }
    1 while sysread $socket, my $rest, 65536;
    1;
  } or warn "$path: $@";
  close $socket;
  return $handshake->is_done;
}

my $count;
$SIG{ALRM} = sub { die "no count of cases\n" };
alarm 10;
visit('/getCaseCount', sub ($octets) { $count = $octets; return });
alarm 0;
die "no count of cases\n" unless $count;
visit("/runCase?case=$_&agent=$agent") for 1 .. $count;
exit(visit("/updateReports?agent=$agent") ? 0 : 1);
