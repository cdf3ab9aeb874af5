#!/bin/bash
# Grades a course on the nodes of a Slurm job: sbatch slurm.sh, in the course's folder, which every node sees
# or has a copy of. Certificates as docs/cluster.md makes them; without them nothing starts.
#SBATCH --job-name=autograder
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=02:00:00
set -euo pipefail

first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
scheduler="tls://$first:8786"

srun --nodes=1 --ntasks=1 --overlap --nodelist="$first" \
    dask scheduler --protocol tls --port 8786 --dashboard-address 127.0.0.1:8787 &
srun --overlap autograder worker "$scheduler" --jobs "$SLURM_CPUS_PER_TASK" &

status=0
autograder grade --scheduler "$scheduler" --wait 600 || status=$?
kill %1 %2
wait || true
exit "$status"
