# A Linux with the whole environment, for macOS, Windows and wherever Python or make is missing: docs/containers.md.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 --shell /bin/bash grader \
    && install --directory --owner=grader --group=grader /course /opt/autograd-labs

USER grader
WORKDIR /course
# Outside /course, where the repository of the machine is mounted.
ENV LABS_VENV=/opt/autograd-labs \
    PATH=/opt/autograd-labs/bin:$PATH

# What the environment is made from comes first: a changed notebook or check installs nothing anew.
ARG TORCH_INDEX=""
COPY --chown=grader:grader Makefile pyproject.toml README.md LICENSE autograd_labs_check.py ./
COPY --chown=grader:grader requirements requirements
COPY --chown=grader:grader scripts scripts
COPY --chown=grader:grader autograder/__init__.py autograder/
RUN PIP_NO_CACHE_DIR=1 make setup

COPY --chown=grader:grader . .
CMD ["make", "grade"]
