import { describe, expect, it } from "vitest";

import { type DriverRequest, readDriverRequest } from "../../../fuzzer/driver-urls.ts";

import { caseOf } from "../../support/player-bench.ts";

const cases = ["1.1.1", "2.10", "5.19"].map(caseOf);
const [first, second] = [cases[0]!, cases[1]!];

describe("the driver URLs", () => {
  it.each<[string, DriverRequest]>([
    ["/getCaseCount", { command: "getCaseCount" }],
    ["/getCaseCount?agent=x&case=0&other=1&other=2", { command: "getCaseCount" }],
    ["/getCaseInfo?case=2", { command: "getCaseInfo", case: second }],
    ["/getCaseInfo?case=%202%20", { command: "getCaseInfo", case: second }],
    ["/getCaseInfo?case=%2B2", { command: "getCaseInfo", case: second }],
    ["/getCaseInfo?casetuple=%202.10", { command: "getCaseInfo", case: second }],
    ["/getCaseInfo?casetuple=2.10", { command: "getCaseInfo", case: second }],
    ["/getCaseStatus?case=1&agent=a", { command: "getCaseStatus", case: first, agent: "a" }],
    ["/runCase?case=2&agent=a", { command: "runCase", case: second, agent: "a" }],
    ["/runCase?agent=a&case=2", { command: "runCase", case: second, agent: "a" }],
    ["/runCase?casetuple=2.10&agent=a", { command: "runCase", case: second, agent: "a" }],
    ["/runCase?case=1&casetuple=2.10&agent=a", { command: "runCase", case: first, agent: "a" }],
    ["/runCase?case=&casetuple=2.10&agent=a", { command: "runCase", case: second, agent: "a" }],
    ["/runCase?case=2&case=&agent=a", { command: "runCase", case: second, agent: "a" }],
    [
      "/runCase?case=1&agent=My+Agent%2F1.0%20%C3%A9%3F",
      { command: "runCase", case: first, agent: "My Agent/1.0 é?" },
    ],
    ["/runCase?case=1&agent=a?b", { command: "runCase", case: first, agent: "a?b" }],
    ["/updateReports?agent=a", { command: "updateReports", agent: "a", shutdown: false }],
    [
      "/updateReports?agent=a&shutdownOnComplete=true",
      { command: "updateReports", agent: "a", shutdown: true },
    ],
    [
      "/updateReports?agent=a&shutdownOnComplete=Yes",
      { command: "updateReports", agent: "a", shutdown: true },
    ],
    [
      "/updateReports?agent=a&shutdownOnComplete=no",
      { command: "updateReports", agent: "a", shutdown: false },
    ],
    ["/stopServer", { command: "stopServer" }],
  ])("%s", (resource, wanted) => {
    expect(readDriverRequest(resource, cases)).toEqual(wanted);
  });

  it.each([
    "/getCaseInfo",
    "/getCaseInfo?case=0",
    "/getCaseInfo?case=4",
    "/getCaseInfo?case=-1",
    "/getCaseInfo?case=1.5",
    "/getCaseInfo?case=x",
    "/getCaseInfo?case=1e0",
    "/getCaseInfo?case=99999999999999999999999",
    "/getCaseInfo?casetuple=1.1.2",
    "/getCaseInfo?case=1&case=1",
    "/getCaseStatus?case=1",
    "/getCaseStatus?agent=a",
    "/runCase?case=1",
    "/runCase?case=1&agent=",
    "/runCase?agent=a",
    "/runCase?case=4&casetuple=1.1.1&agent=a",
    "/runCase?case=1&agent=a&agent=b",
    "/runCase?case=1&casetuple=1.1.2&agent=a",
    "/runCase?case=0&casetuple=1.1.1&agent=a",
    "/getCaseCount?case=99",
    "/getCaseCount?casetuple=9",
    "/getCaseCount?shutdownOnComplete=1&shutdownOnComplete=1",
    "/unknown?case=77",
    "/updateReports",
    "/updateReports?agent=",
  ])("%j is an internal server error, as in the original", (resource) => {
    expect(readDriverRequest(resource, cases)).toEqual({
      refusal: { status: 500, reason: "Internal Server Error" },
    });
  });

  it.each(["/", "", "/unknown", "/getCaseCount/", "/GETCASECOUNT", "/unknown?agent=a&x=1&x=2"])(
    "%j is a path on which the client gives commands itself",
    (resource) => {
      expect(readDriverRequest(resource, cases)).toEqual({ command: "direct" });
    },
  );

  it("keep no more than 1024 characters of an agent", () => {
    const request = readDriverRequest(`/updateReports?agent=${"a".repeat(5_000)}`, cases);
    expect(request).toHaveProperty("agent.length", 1_024);
  });
});
