import { uptime } from "node:os";
import type { DockerClient } from "./client.ts";
import { isAlive } from "../process-table.ts";
import { call } from "./calls.ts";
import { CELL, type Labels, OURS, OWNER, type Owner, ownerOf, self } from "./labels.ts";

/** What another machine, or a container of this one, left: whether its owner lives cannot be asked. */
const FOREIGN_MS = 24 * 3_600_000;

/** Something of ours in an engine. */
interface Leftover {
  readonly kind: "container" | "network" | "volume";
  readonly name: string;
  readonly labels: Labels;
  /** Ms since the epoch; null when the engine does not tell. */
  readonly createdAt: number | null;
  readonly remove: (abortSignal: AbortSignal) => Promise<unknown>;
}

/** Whose leftovers are removed: those of owners that are gone, or also those of this very process. */
export type SweepScope = "orphans" | "orphans and own";

/**
 * Removes the containers, then the networks and volumes that bear our label and whose owner is gone, and says what
 * that was. What cannot be removed is left to the next sweep.
 */
export async function sweepDocker(docker: DockerClient, scope: SweepScope): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const list of LISTS) {
    const told = await Promise.all((await doomedOf(list, docker, scope)).map(removeOne));
    removed.push(...told.filter((text) => text !== null));
  }
  return removed;
}

/** What a sweep would remove, in words, and removes nothing. */
export async function listLeftovers(docker: DockerClient): Promise<readonly string[]> {
  const found = await Promise.all(LISTS.map((list) => doomedOf(list, docker, "orphans")));
  return found.flat().map(describe);
}

async function doomedOf(
  list: (docker: DockerClient) => Promise<readonly Leftover[]>,
  docker: DockerClient,
  scope: SweepScope,
): Promise<readonly Leftover[]> {
  const found = await list(docker);
  const doomed = await Promise.all(found.map((leftover) => isDoomed(leftover, scope)));
  return found.filter((_, index) => doomed[index]);
}

const FILTERS = JSON.stringify({ label: [OURS, OWNER] });

async function containers(docker: DockerClient): Promise<readonly Leftover[]> {
  const list = await call("list containers", (abortSignal) =>
    docker.listContainers({ all: true, filters: FILTERS, abortSignal }),
  );
  return list.map(({ Id, Names, Labels, Created }) => ({
    kind: "container",
    name: Names[0]?.replace(/^\//, "") ?? Id.slice(0, 12),
    labels: Labels,
    createdAt: Created * 1000,
    remove: (abortSignal) => docker.getContainer(Id).remove({ force: true, v: true, abortSignal }),
  }));
}

async function networks(docker: DockerClient): Promise<readonly Leftover[]> {
  const list = await call("list networks", (abortSignal) =>
    docker.listNetworks({ filters: FILTERS, abortSignal }),
  );
  return list.map(({ Id, Name, Labels, Created }) => ({
    kind: "network",
    name: Name,
    labels: Labels ?? {},
    createdAt: timeOf(Created),
    remove: (abortSignal) => docker.getNetwork(Id).remove({ abortSignal }),
  }));
}

async function volumes(docker: DockerClient): Promise<readonly Leftover[]> {
  const { Volumes } = await call("list volumes", (abortSignal) =>
    docker.listVolumes({ filters: FILTERS, abortSignal }),
  );
  return (Volumes ?? []).map(({ Name, Labels, ...rest }) => ({
    kind: "volume",
    name: Name,
    labels: Labels ?? {},
    createdAt: timeOf((rest as { readonly CreatedAt?: string }).CreatedAt),
    remove: (abortSignal) => docker.getVolume(Name).remove({ abortSignal }),
  }));
}

function timeOf(text: string | undefined): number | null {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : time;
}

async function isDoomed({ labels, createdAt }: Leftover, scope: SweepScope): Promise<boolean> {
  const owner = ownerOf(labels);
  if (owner === null) return false;
  const us = await self();
  if (owner.place === us.place) {
    if (owner.pid === us.pid && owner.startTime === us.startTime) return scope === "orphans and own";
    return !(await isAlive(owner));
  }
  return isOfEarlierBoot(owner, us, createdAt) || (createdAt !== null && Date.now() - createdAt > FOREIGN_MS);
}

/** Of this machine, before it was started: nothing of then lives. */
function isOfEarlierBoot(owner: Owner, us: Owner, createdAt: number | null): boolean {
  const bootOf = ({ place }: Owner): string => place.split(" ")[0] ?? "";
  if (owner.host !== us.host || bootOf(owner) === bootOf(us) || createdAt === null) return false;
  return createdAt < Date.now() - uptime() * 1000;
}

async function removeOne(leftover: Leftover): Promise<string | null> {
  try {
    await call(`remove a ${leftover.kind}`, leftover.remove);
    return `removed ${describe(leftover)}`;
  } catch {
    return null;
  }
}

function describe({ kind, name, labels }: Leftover): string {
  const pid = ownerOf(labels)?.pid ?? "?";
  return `the ${kind} ${name} of ${labels[CELL] ?? "a cell"}, left behind by wsmatrix with pid ${pid}`;
}

/** Containers first: what they use cannot be removed before them. */
const LISTS = [containers, networks, volumes];
