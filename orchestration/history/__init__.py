"""A company's past from files: a public CRM export through the same night, marts and close as everything else."""
