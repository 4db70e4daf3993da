import { StringDecoder } from "node:string_decoder";

const LONGEST = 4096;

/** Cuts a stream of octets into lines of text. */
export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Hands out the last line when no line feed ended it. */
  end(): void;
}

/** Calls `onLine` for each line, without its end; lines of more than 4096 characters come in pieces. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) emit(line, onLine);
    const whole = rest.length - (rest.length % LONGEST);
    if (whole > 0) emit(rest.slice(0, whole), onLine);
    rest = rest.slice(whole);
  };
  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk))),
    end: () => {
      take(decoder.end());
      if (rest !== "") emit(rest, onLine);
      rest = "";
    },
  };
}

function emit(line: string, onLine: (line: string) => void): void {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  onLine(text.slice(0, LONGEST));
  for (let at = LONGEST; at < text.length; at += LONGEST) onLine(text.slice(at, at + LONGEST));
}
