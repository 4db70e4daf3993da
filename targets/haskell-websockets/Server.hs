-- | Echo server: every message goes back with its type.
module Main (main) where

import Control.Concurrent (forkFinally)
import Control.Monad (forever)
import Data.Maybe (fromMaybe)
import Echo (echo, getOptions)
import Network.Socket
import Network.WebSockets (acceptRequest, makePendingConnection)
import System.Environment (lookupEnv)

main :: IO ()
main = do
  host <- lookupEnv "HOST"
  port <- lookupEnv "PORT"
  options <- getOptions
  listener <- listenAt (fromMaybe "127.0.0.1" host) (fromMaybe "9001" port)
  forever $ do
    (socket, _) <- accept listener
    forkFinally (makePendingConnection socket options >>= acceptRequest >>= echo) (const (close socket))

-- | As the library's own listener, but for the length of the queue.
listenAt :: HostName -> ServiceName -> IO Socket
listenAt host port = do
  address : _ <- getAddrInfo (Just defaultHints {addrSocketType = Stream}) (Just host) (Just port)
  listener <- openSocket address
  setSocketOption listener ReuseAddr 1
  setSocketOption listener NoDelay 1
  bind listener (addrAddress address)
  listen listener 1024
  pure listener
