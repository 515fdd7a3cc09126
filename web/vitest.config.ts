import { defineConfig } from "vitest/config";

/** One file at a time: the browser tests share the machine with whatever else runs on it. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    fileParallelism: false,
    maxWorkers: 1,
    bail: 4,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
