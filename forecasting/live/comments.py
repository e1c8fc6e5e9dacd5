"""Comments on open screens; one that was taken back disappears."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from forecasting.events import COMMENT_TOPIC
from forecasting.queries.comments import comments_by_key

ROW = "forecasting/partials/comment.html"


def render_comments(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible comment, put into the list of the object it speaks of."""
    tenant = acting_organisation().slug
    rows = comments_by_key(keys)
    frames = [
        Frame(
            element_id=row.element_id,
            into=f"comments-{row.object_id}" if row.object_id else "",
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"object": str(row.object_id)} if row.object_id else {},
        )
        for row in rows
    ]
    gone = set(keys) - {row.id for row in rows}
    return frames + [Frame(element_id=f"comment-{key}", is_gone=True) for key in sorted(gone)]


def register_topics() -> None:
    """Draw comments on their topic."""
    join(COMMENT_TOPIC, render_comments)
