# Serves page.html, which is the client driver, to a browser on loopback, and exits when the page says how it went.
use v5.36;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(WNOHANG);

# Trust of the fuzzer's authority comes from the profile's NSS database.
my $profile = "$ENV{HOME}/profile";
mkdir $profile;
system('cp', 'user.js', $profile) == 0 or die "cannot make a profile\n";
if (my $ca = $ENV{CA_CERT}) {
  system 'certutil', '-N', '-d', "sql:$profile", '--empty-password';
  system('certutil', '-A', '-d', "sql:$profile", '-n', 'fuzzer', '-t', 'C,,', '-i', $ca) == 0
    or die "certutil cannot add $ca\n";
}

sub encoded ($text) { return $text =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/ger }

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16) or die "cannot listen: $@\n";
my $query  = 'fuzzer=' . encoded($ENV{FUZZER_URL}) . '&agent=' . encoded($ENV{AGENT} // "firefox")
  . '&variant=' . encoded($ENV{VARIANT} // 'plain');

my $browser = fork // die "cannot fork: $!\n";
if (!$browser) {
  open STDOUT, '>', '/dev/null';
  open STDERR, '>', '/dev/null';
  exec '/usr/bin/firefox-esr', '--headless', '--no-remote', '--profile', $profile,
    'http://127.0.0.1:' . $server->sockport . "/?$query"
    or die "cannot start the browser: $!\n";
}

# The page goes out over this, and its last word comes in. What else a browser asks for, it does not get.
my $page = do { local (@ARGV, $/) = "page.html"; <> };
my $open = IO::Select->new($server);

sub answer ($socket) {
  sysread $socket, my $request, 16384;
  my $path = $request =~ m{^GET (/\w*)} ? $1 : '';
  my ($status, $body) = $path eq '/' ? ('200 OK', $page) : ('404 Not Found', '');
  syswrite $socket, join "\r\n", "HTTP/1.1 $status", 'Content-Type: text/html; charset=utf-8',
    'Content-Length: ' . length $body, 'Connection: close', '', $body;
  $open->remove($socket);
  close $socket;
  return $path;
}

until (waitpid $browser, WNOHANG) {
  for my $socket ($open->can_read(1)) {
    if ($socket == $server) {
      my $accepted = $server->accept;
      $open->add($accepted) if $accepted;
      next;
    }
    next unless answer($socket) =~ m{^/(played|failed)$};
    kill KILL => $browser;
    exit($1 eq 'played' ? 0 : 1);
  }
}
die "the browser ended by itself\n";
