# Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
package require websocket

proc setting {name otherwise} {
  expr {[info exists ::env($name)] ? $::env($name) : $otherwise}
}

websocket::loglevel critical
# The library asks for the names of both ends of each connection, and there may be no one to answer.
set tcl::unsupported::noReverseDNS 1

proc bgerror {message} { puts stderr $message }

proc echo {sock type message} {
  if {$type in {text binary}} { websocket::send $sock $type $message }
}

proc accept {sock args} {
  fconfigure $sock -translation crlf -blocking 0
  fileevent $sock readable [list head $sock]
}

# Takes a line of the opening handshake; after the last one the library has the socket.
proc head {sock} {
  global lines
  if {[catch {gets $sock line} length] || ($length < 0 && [eof $sock])} {
    catch {close $sock}
    unset -nocomplain lines($sock)
    return
  }
  if {$length < 0} return
  if {$line ne ""} { return [lappend lines($sock) $line] }
  fileevent $sock readable {}
  set request [lindex $lines($sock) 0]
  # The library fails where no subprotocol is asked for; an empty list of them is none.
  set headers {Sec-WebSocket-Protocol ""}
  foreach header [lrange $lines($sock) 1 end] {
    if {[regexp {^([^:]+):\s*(.*)$} $header -> name value]} { lappend headers $name $value }
  }
  unset lines($sock)
  if {[websocket::test $::listener $sock [lindex $request 1] $headers]} {
    websocket::upgrade $sock
  } else {
    puts $sock "HTTP/1.1 400 Bad Request\nConnection: close\n"
    close $sock
  }
}

set command [list socket]
if {[setting TLS_CERT ""] ne ""} {
  package require tls
  set command [list tls::socket -certfile $env(TLS_CERT) -keyfile $env(TLS_KEY)]
}
set listener [{*}$command -server accept -myaddr [setting HOST 127.0.0.1] [setting PORT 9001]]
websocket::server $listener
websocket::live $listener * echo
vwait forever
