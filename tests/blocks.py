"""Blocks of credits: two of one project, or many of one credit each."""

from ledgers import credit, frame, serial

from neutrality.ledger import credits

BLOCKS = credits.blocks(
    frame(
        [
            credit(1, 1000),
            credit(
                1001,
                1100,
                serial=serial(1001, 1100, vintage=("01012024", "31122024"))[:-1] + "1",
                vintage_start="2024-01-01",
                vintage_end="2024-12-31",
            ),
        ]
    )
)


def many(count):
    """Return `count` blocks of one credit, of 30 projects and 7 vintages."""
    table = frame(
        [
            credit(i, i, project_id=str(3000 + i % 30), vintage_start=f"20{15 + i % 7}-01-01")
            for i in range(1, count + 1)
        ]
    )
    return credits.blocks(table)
