"""Trainers and what they share with the in-process engine. Imports `schemas` only."""
