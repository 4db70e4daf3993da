import { defineConfig } from "vitest/config";

// Two projects: what runs in memory in seconds, and what starts real processes.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "fast", include: ["test/fast/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
