"""Small made videos with published-form annotation: the data that needs no download."""

from curate.world.flaws import Flaw
from curate.world.layout import Clip
from curate.world.making import make_world
from curate.world.questions import Question
from curate.world.scene import Event, Scene, Still
from curate.world.world import Told, World

__all__ = ["Clip", "Event", "Flaw", "Question", "Scene", "Still", "Told", "World", "make_world"]
