import { expect, it } from "vitest";

import {
  decodeSettings,
  encodeHttp2Frame,
  encodeSettings,
  FrameFlag,
  FrameType,
  Http2FrameReader,
  padded,
  uint32,
  withoutPadding,
} from "../../../../wire/http2/frame.ts";

const ping = { type: FrameType.ping, flags: FrameFlag.ack, stream: 0, payload: Buffer.from("12345678") };
const data = { type: FrameType.data, flags: 0, stream: 5, payload: Buffer.from("abc") };

it("writes the header of RFC 9113 section 4.1", () => {
  expect(encodeHttp2Frame(ping).toString("hex")).toBe("0000080601000000003132333435363738");
  expect(encodeHttp2Frame(data).toString("hex")).toBe("000003000000000005616263");
});

it("reads frames in whatever pieces they come", () => {
  const octets = Buffer.concat([ping, data, ping].map(encodeHttp2Frame));
  for (const size of [1, 7, octets.length]) {
    const reader = new Http2FrameReader();
    const found = [];
    for (let at = 0; at < octets.length; at += size) {
      reader.push(Buffer.from(octets.subarray(at, at + size)));
      for (let frame = reader.next(); frame !== null; frame = reader.next()) found.push(frame);
    }
    expect(found).toEqual([ping, data, ping]);
  }
});

it("ignores the reserved bit, and refuses a frame that is too long before it is there", () => {
  const reader = new Http2FrameReader(4);
  reader.push(Buffer.from("000000000080000001000005000000000001", "hex"));
  expect(reader.next()?.stream).toBe(1);
  expect(() => reader.next()).toThrow(/5 octets/);
});

it("reads and writes settings and padding", () => {
  const settings = [
    [4, 0],
    [8, 1],
  ] as const;
  expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
  expect(decodeSettings(Buffer.alloc(5))).toEqual([]);
  expect(uint32(8).toString("hex")).toBe("00000008");
  const flags = FrameFlag.padded;
  expect(withoutPadding({ ...data, flags, payload: padded(data.payload, 200) })).toEqual(data.payload);
  expect(withoutPadding(data)).toEqual(data.payload);
  expect(withoutPadding({ ...data, flags, payload: Buffer.from("0461626364", "hex") })).toEqual(
    Buffer.alloc(0),
  );
  expect(withoutPadding({ ...data, flags, payload: Buffer.from("05616263", "hex") })).toBeNull();
  expect(withoutPadding({ ...data, flags, payload: Buffer.alloc(0) })).toBeNull();
  const headers = { type: FrameType.headers, flags: flags | FrameFlag.priority, stream: 1 };
  expect(
    withoutPadding({ ...headers, payload: Buffer.from("0180000000ff8200", "hex") })?.toString("hex"),
  ).toBe("82");
});
