import { readDetail, readRecords } from "./reports.ts";

/** Cases that a judge rejects who takes OK, INFORMATIONAL and UNIMPLEMENTED, but not NON-STRICT, of both verdicts. */
export function noNonStrict(dir: string): readonly string[] {
  const fine = new Set(["OK", "INFORMATIONAL", "UNIMPLEMENTED"]);
  const rejected = readRecords(dir).filter(
    ([, { behavior, behaviorClose }]) => !fine.has(behavior) || !fine.has(behaviorClose),
  );
  return rejected.map(([id, { behavior }]) => `${id} ${behavior}`);
}

/** Cases that a judge rejects who looks only at how the connection ended. */
export function closeOnly(dir: string): readonly string[] {
  const rejected = readRecords(dir).filter(
    ([, { behaviorClose }]) => behaviorClose !== "OK" && behaviorClose !== "INFORMATIONAL",
  );
  return rejected.map(([id, { behaviorClose }]) => `${id} ${behaviorClose}`);
}

/**
 * Opens the file that each record names, to tell what failed: description, expectation, result and duration must be
 * there.
 */
export function detailFiles(dir: string) {
  const details = readRecords(dir).map(([id, record]) => ({ id, record, detail: readDetail(dir, record) }));
  const told = details.filter(({ id, record, detail: { description, expectation, result, ...rest } }) => {
    const texts = [description, expectation, result].every(
      (text) => typeof text === "string" && text.trim() !== "",
    );
    return texts && rest.id === id && Number.isInteger(rest.duration) && rest.duration === record.duration;
  });
  return {
    told: told.length,
    untold: details.filter((each) => !told.includes(each)).map(({ id }) => id),
    failing: details
      .filter(({ detail }) => ["FAILED", "UNCLEAN", "NON-STRICT"].includes(detail.behavior))
      .map(({ id }) => id),
  };
}
