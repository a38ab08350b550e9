"""What two texts say beside their places: no place of any part counts, or every edit would seem to change more than it does."""

from msgspec.structs import fields

from pipewarden.pipelines import parts
from pipewarden.pipelines.least.said import read, says_else

FLOW = """\
on: push
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: [self-hosted, linux]
    environment: production
    container: node:20
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::111122223333:role/web", ref: "${{ github.sha }}"}
      - run: |
          ./deploy.sh ${{ secrets.TOKEN }} ${{ vars.REGION }}
      - uses: actions/upload-artifact@v4
        with: {name: site}
"""


def test_the_same_further_down_and_further_in_says_the_same() -> None:
    moved = (
        FLOW.replace("permissions:", "\n\npermissions:   ")
        .replace("- uses: ", "-   uses:   ")
        .replace("name: ", "name:   ")
    )
    moved = moved.replace("          ./deploy.sh", "            ./deploy.sh").replace("with: {ref", "with:  {ref")
    moved = (
        moved.replace("- run: |", "-   run: |").replace("        with:", "          with:").replace("[self", "[  self")
    )
    before, after = read("ci.yml", FLOW), read("ci.yml", moved)
    assert before != after
    assert after.complete
    assert says_else(before, (), ()) == says_else(after, (), ())


def test_every_field_that_holds_a_place_is_named_so() -> None:
    kinds = [each for each in vars(parts).values() if isinstance(each, type) and issubclass(each, parts.Struct)]
    assert len(kinds) > 10
    wrong = [
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in fields(kind)
        if "Position" in str(field.type) and not field.name.endswith(("position", "positions"))
    ]
    assert wrong == []
