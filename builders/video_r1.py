"""Video-R1 (Feng et al., 2025): questions of five answer types on videos and images.

`Video-R1-260k.json` is the reinforcement set and `Video-R1-COT-165k.json` the cold start, with a
teacher's reasoning in `process`. Paths start with `./` and count from the folder of the data. The
annotation script's own output (an object with `results`) is read too, and so is the layout that
DataFlow writes: `video` or `image` as a list of one path, without `path`, `data_source` and
`problem_id`. `problem_id` is a running number, not unique after merges, so ids come from the row.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.reading.problems import problem_annotation, read_problems
from schemas.record import Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="video-r1",
    title="Video-R1",
    tasks=("answer", "think"),
    splits={"rl": Role.TRAINING, "cot": Role.TRAINING},
    files=(
        FileSpec(
            "problems",
            {
                "rl": ("Video-R1-260k.json", "Video-R1-260k.jsonl"),
                "cot": ("Video-R1-COT-165k.json", "Video-R1-COT-165k.jsonl", "*_COT_*.json"),
            },
            about="questions, options, solutions and, for cot, the reasoning",
        ),
    ),
    licence="Apache-2.0",
    media_licence="of the collections it takes from (LLaVA-Video-178K, CLEVRER, STAR, ...)",
    homepage="https://github.com/tulerfeng/Video-R1",
    obtain="JSON files and media archives from the Video-R1/Video-R1-data dataset of Hugging Face",
    notes=(
        "All five answer types, videos and images. Reasoning is kept as `think` in `meta`. Some "
        "clips are published under two folders (NExT-QA clips in 0_30_s_nextqa and in "
        "0_30_s_academic_v0_1), and so under two media keys; the sha256 of the media tells them. "
        "Options outside multiple choice are kept in `meta`."
    ),
)
def video_r1(files: Files) -> Iterator[Item]:
    """One record a row."""
    return each(read_problems(files["problems"]), problem_annotation)
