/** The built command, for tests on pages that it made. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Report } from "../src/schema.ts";

/** The path of the command; without it what needs it is skipped. */
export const TAMIS = process.env.TAMIS;

export const WHERE = TAMIS ? "" : " (left out: TAMIS names no built command)";

export interface Ended {
  code: number;
  out: string;
  said: string;
}

/** A folder of its own for what a test's commands write. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "tamis-real-"));

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.file(name), text);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private execute(program: string, words: string[]): Promise<Ended> {
    const path = [dirname(TAMIS!), process.env.PATH].join(delimiter);
    const options = { cwd: this.path, env: { ...process.env, PATH: path }, maxBuffer: 1 << 28 };
    return new Promise((done) =>
      execFile(program, words, options, (error, out, said) =>
        done({ code: error ? Number(error.code ?? -1) : 0, out, said }),
      ),
    );
  }

  /** Runs the command, which must end with one of the codes. */
  async tamis(words: string[], codes = [0]): Promise<string> {
    const { code, out, said } = await this.execute(TAMIS!, words);
    if (!codes.includes(code)) throw new Error(`tamis ${words.join(" ")} ended with ${code}: ${said}`);
    return out;
  }

  /** Has the shell read a line, as a person who pastes it. */
  paste(line: string): Promise<Ended> {
    return this.execute("sh", ["-c", line]);
  }

  /** What SQLite itself says of a log. */
  async sqlite(log: string, statement: string): Promise<string> {
    const { code, out, said } = await this.execute("sqlite3", [log, statement]);
    if (code) throw new Error(`sqlite3 ${log} ended with ${code}: ${said}`);
    return out.trim();
  }

  async json<T>(words: string[]): Promise<T> {
    return JSON.parse(await this.tamis([...words, "--json"])) as T;
  }

  /** Makes a page of logs; the answer is its address. */
  async report(...logs: string[]): Promise<string> {
    await this.tamis(["report", ...logs, "-o", "report.html"]);
    return pathToFileURL(this.file("report.html")).toString();
  }

  /** The document in the page that was made last. */
  document(): Report {
    const page = readFileSync(this.file("report.html"), "utf8");
    return JSON.parse(/<script id="tamis-data"[^>]*>(.*?)<\/script>/s.exec(page)![1]!) as Report;
  }
}
