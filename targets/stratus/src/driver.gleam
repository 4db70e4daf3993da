//// Client driver: plays the fuzzer's cases one after the other, echoing every message.

import gleam/erlang/process
import gleam/http/request
import gleam/int
import gleam/otp/actor
import gleam/string
import gleam/uri
import stratus

@external(erlang, "driver_ffi", "setting")
fn setting(name: String, otherwise: String) -> String

@external(erlang, "driver_ffi", "trust")
fn trust(file: String) -> Nil

@external(erlang, "driver_ffi", "halt")
fn halt(code: Int) -> Nil

pub fn main() -> Nil {
  // A connection that fails must not take the driver with it.
  process.trap_exits(True)
  trust(setting("CA_CERT", ""))
  let agent = uri.percent_encode(setting("AGENT", "stratus"))

  let counts = process.new_subject()
  visit("/getCaseCount", fn(_connection, message) {
    case message {
      stratus.Text(count) -> process.send(counts, int.parse(count))
      _ -> Nil
    }
  })
  case process.receive(counts, 10_000) {
    Ok(Ok(count)) -> {
      play(1, count, agent)
      visit("/updateReports?agent=" <> agent, fn(_, _) { Nil })
    }
    _ -> halt(1)
  }
}

fn play(number: Int, count: Int, agent: String) -> Nil {
  case number > count {
    True -> Nil
    False -> {
      let path = "/runCase?case=" <> int.to_string(number) <> "&agent=" <> agent
      visit(path, echo_back)
      play(number + 1, count, agent)
    }
  }
}

fn echo_back(connection: stratus.Connection, message: stratus.Message(Nil)) -> Nil {
  let _ = case message {
    stratus.Text(text) -> stratus.send_text_message(connection, text)
    stratus.Binary(octets) -> stratus.send_binary_message(connection, octets)
    stratus.User(_) -> Ok(Nil)
  }
  Nil
}

/// Opens one connection and gives its messages to a function until it has closed.
fn visit(
  path: String,
  on_message: fn(stratus.Connection, stratus.Message(Nil)) -> Nil,
) -> Nil {
  // A request has the scheme of HTTP: ws is http, and wss is https.
  let url = "http" <> string.drop_start(setting("FUZZER_URL", "ws:"), 2) <> path
  let assert Ok(request) = request.to(url)
  let started =
    stratus.new(request, Nil)
    |> stratus.on_message(fn(state, message, connection) {
      on_message(connection, message)
      stratus.continue(state)
    })
    |> stratus.start
  case started {
    Ok(actor.Started(pid:, ..)) -> {
      let monitor = process.monitor(pid)
      process.new_selector()
      |> process.select_specific_monitor(monitor, fn(_down) { Nil })
      |> process.selector_receive_forever
    }
    Error(_) -> Nil
  }
}
