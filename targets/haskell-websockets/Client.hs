-- | Client driver: plays the fuzzer's cases one after the other, echoing every message.
module Main (main) where

import Control.Exception (SomeException, try)
import Control.Monad (forM_)
import qualified Data.ByteString.Char8 as Octets
import Data.Char (isAlphaNum, isAscii, isDigit, ord)
import Data.List (stripPrefix)
import Data.Maybe (fromMaybe)
import Echo (echo, getOptions)
import Network.WebSockets
import System.Environment (getEnv, lookupEnv)
import System.Exit (die)
import System.IO (hPutStrLn, stderr)
import System.Timeout (timeout)
import Text.Printf (printf)

main :: IO ()
main = do
  fuzzer <- getEnv "FUZZER_URL"
  agent <- encoded . fromMaybe "haskell-websockets" <$> lookupEnv "AGENT"
  options <- getOptions
  (host, port) <- maybe (die "FUZZER_URL must be ws://HOST:PORT") pure (address fuzzer)
  let visit path = runClientWith host port path options []
  count <- timeout 10000000 (visit "/getCaseCount" receiveData) >>= maybe (die "no count of cases") pure
  forM_ [1 .. read (Octets.unpack count) :: Int] $ \number -> do
    ended <- try (visit (printf "/runCase?case=%d&agent=%s" number agent) echo)
    either (\problem -> hPutStrLn stderr (printf "case %d: %s" number (show (problem :: SomeException)))) pure ended
  visit ("/updateReports?agent=" ++ agent) echo

address :: String -> Maybe (String, Int)
address url = case break (== ':') <$> stripPrefix "ws://" url of
  Just (host, ':' : port) -> Just (host, read (takeWhile isDigit port))
  _ -> Nothing

encoded :: String -> String
encoded = concatMap (\c -> if isAscii c && isAlphaNum c || c `elem` "-._~" then [c] else printf "%%%02X" (ord c))
