-- | What the server and the client do with a connection, and how it is set up.
module Echo (echo, getOptions) where

import Control.Exception (handle)
import Control.Monad (forever)
import Network.WebSockets
import System.Environment (lookupEnv)

-- | Sends every message back with its type until the connection ends.
echo :: Connection -> IO ()
echo connection = handle ended (forever (receiveDataMessage connection >>= sendDataMessage connection))
  where
    ended :: ConnectionException -> IO ()
    ended _ = pure ()

getOptions :: IO ConnectionOptions
getOptions = do
  variant <- lookupEnv "VARIANT"
  pure $ case variant of
    Just "defaults" -> defaultConnectionOptions
    Just "no-deflate" -> strict
    _ -> strict {connectionCompressionOptions = PermessageDeflateCompression defaultPermessageDeflate}
  where
    strict = defaultConnectionOptions {connectionStrictUnicode = True}
