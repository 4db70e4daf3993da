import { describe, expect, it } from "vitest";

import { whyNotHost } from "../../../../orchestrator/engines/docker/place.ts";

const onLinux = process.platform === "linux";

describe("the place host", () => {
  it("can be had where the gateway is an address of this machine, and its bridge an interface", async () => {
    expect(await whyNotHost({ gateway: "127.0.0.1", bridge: "lo" })).toBeNull();
  });

  // None of these addresses is dialled. 203.0.113.0/24 is for documentation (RFC 5737).
  it.each([
    [
      "the gateway is an address somewhere else",
      { gateway: "203.0.113.9", bridge: "lo" },
      /^the gateway of its network, 203\.0\.113\.9, is no address of this machine/,
    ],
    ["the network has no gateway", { gateway: "", bridge: "lo" }, /gives the engine's machine no address/],
    [
      "the gateway is no IPv4 address",
      { gateway: "localhost", bridge: "lo" },
      /gives the engine's machine no address/,
    ],
  ])("cannot be had where %s", async (_, network, reason) => {
    expect(await whyNotHost(network)).toMatch(reason);
  });

  it.skipIf(!onLinux)("cannot be had where a network of another engine has the same addresses", async () => {
    expect(await whyNotHost({ gateway: "127.0.0.1", bridge: "wsm-elsewhere" })).toMatch(
      /no address of this machine/,
    );
  });
});
