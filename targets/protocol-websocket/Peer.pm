# One connection of the echo: the library parses and builds, and what to answer is ours.
package Peer;
use v5.36;

use constant MAX => 256 * 1024 * 1024;
my %types = (1 => 'text', 2 => 'binary');

# Takes the library's handshake, of a server or a client, and what turns a message into its answer, if any.
sub new ($class, $handshake, $on_message = sub ($octets) {$octets}) {
  return bless {handshake => $handshake, on_message => $on_message}, $class;
}

# Octets to read at most. The library counts what follows a handshake against that handshake's limit (20 KiB).
sub appetite ($self) { return $self->{frame} ? 65536 : 4096 }

# Takes octets of the peer, gives octets to be sent, and sets `ended` when nothing must follow them.
# Dies of what the library cannot parse.
sub take ($self, $octets) {
  my $handshake = $self->{handshake};
  my $out       = '';
  unless ($self->{frame}) {
    $handshake->parse($octets) or die $handshake->error . "\n";
    return '' unless $handshake->is_done;
    $out = $handshake->to_string if $handshake->isa('Protocol::WebSocket::Handshake::Server');
    $self->{frame} = $handshake->build_frame($self->limit);
  }
  $self->{frame}->append($octets);
  while (!$self->{ended} && defined(my $message = $self->{frame}->next_bytes)) {
    $out .= $self->answer($self->{frame}, $message);
  }
  return $out;
}

# Close frames are answered by an empty one, as in the library's synopsis.
sub answer ($self, $frame, $message) {
  $self->{ended} = $frame->is_close;
  return $self->build(type => 'close') if $frame->is_close;
  return $self->build(type => 'pong', buffer => $message) if $frame->is_ping;
  return '' unless $frame->is_text || $frame->is_binary;
  my $reply = $self->{on_message}->($message) // return '';
  return $self->build(type => $types{$frame->opcode}, buffer => $reply);
}

sub build ($self, %frame) {
  return $self->{handshake}->build_frame($self->limit, %frame)->to_bytes;
}

sub limit ($self) {
  return ($ENV{VARIANT} // '') eq 'defaults' ? () : (max_payload_size => MAX);
}

1;
