# Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
use Mojolicious::Lite -signatures;
use Mojo::URL;

my $variant = $ENV{VARIANT} // 'plain';

websocket '/' => sub ($c) {
  unless ($variant eq 'defaults') {
    $c->tx->max_websocket_size(256 * 1024 * 1024);
    $c->tx->with_compression unless $variant eq 'no-deflate';
  }
  $c->on(text   => sub ($c, $octets) { $c->send({text   => $octets}) });
  $c->on(binary => sub ($c, $octets) { $c->send({binary => $octets}) });
};

my $listen = Mojo::URL->new->scheme('http')->host($ENV{HOST} // '127.0.0.1')->port($ENV{PORT} // 9001);
$listen->scheme('https')->query(cert => $ENV{TLS_CERT}, key => $ENV{TLS_KEY}) if $ENV{TLS_CERT};
app->log->level('error');
app->start('daemon', '--listen', $listen);
