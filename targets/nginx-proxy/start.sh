# Starts the echo server, then the proxy in front of it. TLS, the proxy's, when TLS_CERT and TLS_KEY name PEM files.
set -eu
address=${HOST:-127.0.0.1}:${PORT:-9001}
listen="listen $address;"
if [ -n "${TLS_CERT:-}" ]; then
  listen="listen $address ssl; ssl_certificate $TLS_CERT; ssl_certificate_key $TLS_KEY;"
fi
sed "s|^ *LISTEN|$listen|" nginx.conf >/tmp/nginx.conf
rm -f /tmp/echo.sock
python3 server.py &
until [ -S /tmp/echo.sock ]; do sleep 0.1; done
exec nginx -e stderr -c /tmp/nginx.conf
