# What only the workflows call, and their rehearsal. The Makefile includes this file.
.PHONY: tables use review comment gate retrain propose alarm fresh audit bill \
	advisories newest tell publish sign verify compare deploy rollback

# Two folders are compared: this one with itself would be no comparison.
define needs_base
@{ [ -n "$(BASE)" ] && [ -d "$(BASE)" ] && [ ! "$(BASE)" -ef . ]; } || { \
	echo "make $(1) needs BASE=folder, another checkout that has its model: for main," \
		"\`git worktree add ../base main && make -C ../base train\`" >&2; exit 1; }
endef

# Copy the raw tables out of their bucket, if they are in one, into TABLES=folder.
tables: install
	$(CLOUD) python -m delivery.tables fetch "$(TABLES)"

# Let this checkout and the one in HEAD=folder use the tables in TABLES=folder, if there are any.
use: install
	python -m delivery.tables use "$(TABLES)" "$(HEAD)"

# Train, and write what differs from BASE=folder into reports/review.md.
review: install
	$(call needs_base,review)
	$(REPRO)
	-python -m training.promote --champion "$(BASE)/models/box_office"
	python -m training.review --base "$(BASE)" --link "this run" "$(RUN_URL)"
	@cat reports/review.md >> "$${GITHUB_STEP_SUMMARY:-/dev/null}"

# Put the report in REPORTS=folder on the pull request PR=number, once.
comment: install $(if $(shell command -v cml),,$(CML))
	python -m delivery.comment "$(REPORTS)" --pull-request "$(PR)" --run "$(RUN_URL)"

# In one version; every package that arrives has to bear the signature of its registry.
$(CML): .github/cml/package.json .github/cml/.npmrc
	$(NPM)
	cd .github/cml && npm install --loglevel=error && npm audit signatures
	@touch $@

# Fail if the model is worse than that of BASE=folder.
gate: install
	$(call needs_base,gate)
	python -m training.promote --champion "$(BASE)/models/box_office"

# Train on the current data, and compare the model with that of main, also on what JOURNAL=folder or
# URL says was asked, if it is given, as is known now or at NOW=time.
retrain: install
	$(CLOUD) python -m delivery.retrain --journal "$(JOURNAL)" $(addprefix --now ,$(NOW))

# A pull request for a model that was OUTCOME=promoted, an issue for a rejected one.
propose: install $(if $(shell command -v cml),,$(CML))
	python -m delivery.propose "$(OUTCOME)"

# Keep one issue on whether what is served, and is written in JOURNAL=folder or URL, is still right,
# now or at NOW=time; where there is GOOGLE_CLOUD_PROJECT, its log has what was found.
alarm: install
	$(CLOUD) python -m delivery.alarm --journal "$(JOURNAL)" --run "$(RUN_URL)" \
		--project "$(GOOGLE_CLOUD_PROJECT)" $(addprefix --now ,$(NOW))

# Fail if the last success of continuous training is too long ago.
fresh: install
	python -m delivery.freshness

# Advisories that do not concern this project, as --ignore-vuln=ID, each with its reason above it.
ACCEPTED :=

# Fail if an advisory is known of a package in LOCKS=names, or if that cannot be found out.
audit: $(AUDIT)/.installed
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip $(ACCEPTED) \
		$(LOCKS:%=-r requirements/%.txt)

# The bill of materials of the image that was deployed last, if there is one.
bill: install
	python -m delivery.advisories bill

# Keep one issue on advisories: of every lock, and of the image where scan.json has what Grype found.
advisories: install $(AUDIT)/.installed
	python -m delivery.advisories tell --pip-audit $(AUDIT)/bin/pip-audit --run "$(RUN_URL)" $(ACCEPTED)

# Run the tests on BentoML's newest release, in an environment of its own.
newest: install
	python -m delivery.newest test $(NEWEST)

# Keep one issue on whether they have passed or failed, as OUTCOME says, on RELEASE=version.
tell: install
	python -m delivery.newest tell "$(OUTCOME)" --release "$(RELEASE)" --run "$(RUN_URL)"

$(AUDIT)/.installed: requirements/audit.txt $(INSTALLED)
	$(PYTHON) -m venv $(AUDIT)
	$(BIN)/uv pip sync --quiet --python $(AUDIT)/bin/python requirements/audit.txt
	@touch $@

# Push the image that `make image BACKEND=buildah` has built, with TAG=commit.
publish: install
	$(CLOUD) python -m delivery.image publish --tag "$(or $(TAG),latest)"

# Sign IMAGE=repository@digest, with SBOM=file.
sign: install
	$(CLOUD) python -m delivery.image sign "$(IMAGE)" --sbom "$(SBOM)"

# Verify the signature of IMAGE=repository@digest.
verify: install
	$(CLOUD) python -m delivery.image verify "$(IMAGE)"

# Fail if MODEL=tag, which is of this commit, changes too much of what is served; JOURNAL=folder or URL.
compare: install
	$(CLOUD) python -m delivery.replay --journal "$(JOURNAL)" --model "$(MODEL)"

# Deploy IMAGE=repository@digest, built of COMMIT=hash, step by step.
deploy: install
	$(CLOUD) python -m delivery.rollout "$(IMAGE)" --model "$(MODEL)" --commit "$(COMMIT)" $(ROLLOUT)

# Go back to the previous revision, or to TO=revision, commit or digest.
rollback: install
	$(CLOUD) python -m delivery.rollback --to "$$TO"
