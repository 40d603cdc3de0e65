"""Run steps of a workflow on this machine, as they are written in its file."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from service.errors import BoxOfficeError

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass
class Workflows:
    """The workflows of a folder, the values of their expressions, and which steps have run."""

    folder: Path
    environment: dict[str, str]
    expressions: dict[str, str]
    ran: set[tuple[str, str, str]] = field(default_factory=set)

    def run(
        self, file: str, job: str, step: str, workspace: Path, fails: bool = False
    ) -> dict[str, str]:
        """Run the step with this id; returns its outputs.

        Raises BoxOfficeError if it fails, or, with `fails`, if it does not.
        """
        workflow = self._read(file)
        definition = workflow["jobs"][job]
        command = next((s for s in definition["steps"] if s.get("id") == step), None)
        if command is None or "run" not in command:
            raise BoxOfficeError(f"{file}: {job} has no command with the id {step}.")
        scopes = [workflow.get("env"), definition.get("env"), command.get("env")]
        folder = workspace / self._directory(workflow, definition, command)
        outputs, summary = workspace / "output.txt", workspace / "summary.md"
        outputs.write_text("")
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command["run"]],
            cwd=folder,
            env=self.environment
            | {
                name: self._filled(value)
                for scope in scopes
                for name, value in (scope or {}).items()
            }
            | {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.ran.add((file, job, step))
        if (done.returncode != 0) is not fails:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
            raise BoxOfficeError(f"{file}: {job}: {step} ended with {done.returncode}:\n{last}")
        result = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        self.expressions |= {
            f"steps.{step}.outputs.{name}": value for name, value in result.items()
        }
        return result | {"stdout": done.stdout, "stderr": done.stderr}

    def commands(self) -> set[tuple[str, str, str]]:
        """Every step of every workflow that runs a command."""
        return {
            (path.name, job, step.get("id", step["run"]))
            for path in sorted(self.folder.glob("*.yml"))
            for job, definition in self._read(path.name)["jobs"].items()
            for step in definition.get("steps", [])
            if "run" in step
        }

    def _read(self, file: str) -> dict[str, Any]:
        workflow: dict[str, Any] = yaml.safe_load((self.folder / file).read_text())
        return workflow

    def _directory(self, *scopes: dict[str, Any]) -> str:
        *outer, step = scopes
        named = [
            scope.get("defaults", {}).get("run", {}).get("working-directory") for scope in outer
        ]
        return next((d for d in (step.get("working-directory"), *reversed(named)) if d), ".")

    def _filled(self, value: object) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1]), str(value))

    def _value(self, expression: str) -> str:
        if expression not in self.expressions:
            raise BoxOfficeError(f"The rehearsal does not know what ${{{{ {expression} }}}} is.")
        return self.expressions[expression]
