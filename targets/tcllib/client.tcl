# Client driver: plays the fuzzer's cases one after the other, echoing every message.
package require http
package require websocket

proc setting {name otherwise} {
  expr {[info exists ::env($name)] ? $::env($name) : $otherwise}
}

websocket::loglevel critical
# The library asks for the names of both ends of each connection, and there may be no one to answer.
set tcl::unsupported::noReverseDNS 1
if {[setting CA_CERT ""] ne ""} {
  package require tls
  http::register https 443 [list tls::socket -cafile $env(CA_CERT) -require 1]
}
set agent [regsub -all {[^\w.~-]} [setting AGENT tcllib] {[format %%%02X [scan "\0" %c]]}]
set agent [subst -novariables $agent]

# Opens one connection and gives its text and binary messages to a command until it has closed;
# true if there was one.
proc visit {path on_message} {
  global ended opened
  set ended 0
  set opened 0
  if {[catch {websocket::open $::env(FUZZER_URL)$path [list event $on_message] -timeout 10000} problem]} {
    puts stderr "$path: $problem"
    return 0
  }
  if {!$ended} { vwait ended }
  return $opened
}

proc event {on_message sock type message} {
  switch $type {
    connect { set ::opened 1 }
    text - binary { {*}$on_message $sock $type $message }
    error - timeout {
      puts stderr $message
      set ::ended 1
    }
    disconnect { set ::ended 1 }
  }
}

proc echo {sock type message} { websocket::send $sock $type $message }
proc ignore {args} {}
proc counted {sock type message} { set ::count $message }

set count 0
set watch [after 10000 {puts stderr "no count of cases"; exit 1}]
visit /getCaseCount counted
after cancel $watch
if {$count == 0} { exit 1 }
for {set number 1} {$number <= $count} {incr number} {
  visit "/runCase?case=$number&agent=$agent" echo
}
exit [expr {![visit "/updateReports?agent=$agent" ignore]}]
