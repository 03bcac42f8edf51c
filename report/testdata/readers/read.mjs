// node read.mjs FORMAT [SCHEMA] <FILE: reads a report with a reader of its format
// that others use, and prints in JSON what it understood. It fails if the reader
// finds an error.
import { readFileSync } from "node:fs";
import * as core from "@actions/core";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { har as validateHAR } from "har-validator/lib/promise.js";
import { load } from "js-yaml";
import { parse as parseJUnit } from "junit2json";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { Parser as TAP } from "tap-parser";

const [format, schema] = process.argv.slice(2);
const text = readFileSync(0, "utf8");

const readers = {
  json() {
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
    addFormats(ajv);
    const valid = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
    if (!valid(JSON.parse(text))) throw new Error(ajv.errorsText(valid.errors));
    return {};
  },
  yaml: () => load(text),
  async junit() {
    const all = await parseJUnit(text);
    const suite = all.testsuite[0];
    const of = (kind) => suite.testcase.filter((t) => t[kind]).length;
    return {
      stated: [suite.tests, suite.failures ?? 0, suite.errors ?? 0, suite.skipped ?? 0],
      total: [all.tests, all.failures ?? 0, all.errors ?? 0, all.skipped ?? 0],
      counted: [suite.testcase.length, of("failure"), of("error"), of("skipped")],
      names: suite.testcase.map((t) => t.classname + "/" + t.name),
    };
  },
  tap() {
    const parser = new TAP({ strict: true });
    const points = [];
    parser.on("assert", (p) => points.push({ ok: p.ok, skip: p.skip || "", name: p.name, outcome: p.diag?.outcome ?? "", message: p.diag?.message ?? "" }));
    let failures = [];
    parser.on("complete", (r) => { failures = r.failures.filter((f) => f.tapError); });
    parser.end(text);
    if (failures.length) throw new Error(JSON.stringify(failures));
    return points;
  },
  async har() {
    const har = JSON.parse(text);
    try {
      await validateHAR(har);
    } catch (e) {
      throw new Error(JSON.stringify(e.errors ?? String(e)));
    }
    return { entries: har.log.entries.length, pages: har.log.pages.length };
  },
  markdown() {
    return { html: micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true }) };
  },
  // What the runner reads from a line is written again with GitHub's own library.
  github() {
    const written = [];
    const write = process.stdout.write;
    const read = [];
    for (const line of text.trimEnd().split("\n")) {
      const m = /^::(error|warning|notice) (.*?)::(.*)$/.exec(line);
      if (!m) throw new Error("not a workflow command: " + line);
      const un = (s, property) => {
        s = s.replaceAll("%0D", "\r").replaceAll("%0A", "\n");
        if (property) s = s.replaceAll("%3A", ":").replaceAll("%2C", ",");
        return s.replaceAll("%25", "%");
      };
      const props = Object.fromEntries(m[2].split(",").map((p) => [p.slice(0, p.indexOf("=")), un(p.slice(p.indexOf("=") + 1), true)]));
      const message = un(m[3], false);
      read.push({ kind: m[1], message, ...props });
      process.stdout.write = (s) => written.push(s);
      core[m[1]](message, { title: props.title, file: props.file, startLine: props.line && Number(props.line), startColumn: props.col && Number(props.col) });
      process.stdout.write = write;
      const sorted = (l) => { const [head, ...rest] = l.trimEnd().slice(2).split("::"); const [kind, ...p] = head.split(" "); return [kind, p.join(" ").split(",").sort(), rest.join("::")].toString(); };
      if (sorted(written.at(-1)) !== sorted(line)) throw new Error(line + " is not " + written.at(-1));
    }
    return read;
  },
};

console.log(JSON.stringify(await readers[format]()));
