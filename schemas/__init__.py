"""The ground floor: records, intervals, tasks, sources. Imports nothing of ours."""
