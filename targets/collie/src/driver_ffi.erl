%% What the client driver needs of Erlang.
-module(driver_ffi).
-export([setting/2, trust/1, halt/1]).

setting(Name, Otherwise) ->
    unicode:characters_to_binary(os:getenv(binary_to_list(Name), binary_to_list(Otherwise))).

%% The library asks Erlang for the system's authorities: these are now the ones of a PEM file.
trust(<<>>) -> nil;
trust(File) ->
    ok = public_key:cacerts_load(binary_to_list(File)),
    nil.

halt(Code) -> erlang:halt(Code).
