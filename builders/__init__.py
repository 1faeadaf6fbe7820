"""One file a source: published annotation files in, annotations out. Imports `schemas` only."""
