# Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
use Mojo::Base -strict, -signatures;
use Mojo::Promise;
use Mojo::UserAgent;
use Mojo::Util qw(url_escape);

my $fuzzer  = $ENV{FUZZER_URL};
my $agent   = url_escape($ENV{AGENT} // 'mojolicious');
my $variant = $ENV{VARIANT} // 'plain';
my $headers = $variant =~ /^(?:defaults|no-deflate)$/ ? {} : {'Sec-WebSocket-Extensions' => 'permessage-deflate'};

my $ua = Mojo::UserAgent->new;
$ua->ca($ENV{CA_CERT}) if $ENV{CA_CERT};

# Opens one connection; resolves once it has closed, true if there was one. Not with websocket_p: its handlers
# come a turn later, when messages that arrive together with the handshake are gone.
sub visit ($path, $on_message) {
  my $promise = Mojo::Promise->new;
  $ua->websocket(
    $fuzzer . $path => $headers => sub ($ua, $tx) {
      unless ($tx->is_websocket) {
        warn "$path: " . ($tx->error // {message => 'no upgrade'})->{message} . "\n";
        return $promise->resolve(0);
      }
      $tx->max_websocket_size(256 * 1024 * 1024) unless $variant eq 'defaults';
      $tx->on(text   => sub ($tx, $octets) { $on_message->($tx, text   => $octets) });
      $tx->on(binary => sub ($tx, $octets) { $on_message->($tx, binary => $octets) });
      $tx->on(finish => sub { $promise->resolve(1) });
    }
  );
  return $promise;
}

my ($last, $count) = (0, 0);

sub play_next {
  return if $last >= $count;
  $last++;
  return visit("/runCase?case=$last&agent=$agent", sub ($tx, $type, $octets) { $tx->send({$type => $octets}) })
    ->then(\&play_next);
}

my $ok = 0;
Mojo::Promise->timeout(10 => 'no count of cases')->catch(sub ($error) { die "$error\n" unless $count });
visit('/getCaseCount', sub ($tx, $type, $octets) { $count = $octets })->then(sub {
  die "no count of cases\n" unless $count;
  Mojo::Promise->all(map { Mojo::Promise->resolve(play_next()) } 1 .. $ENV{CONCURRENCY} // 1);
})->then(sub { visit("/updateReports?agent=$agent", sub { }) })
  ->then(sub ($visited) { $ok = $visited })
  ->catch(sub ($error) { warn $error })
  ->wait;
exit($ok ? 0 : 1);
