"""Roles of AWS in CloudFormation templates, YAML with short tags or JSON.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.trusts.aws import Provider, Role, aws_trusts, by_address
from pipewarden.pipelines.trusts.stated import OPEN, Stated, entry, is_open, text_of, texts
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

_PSEUDO = {"${AWS::AccountId}": "account", "${AWS::Partition}": "aws", "${AWS::URLSuffix}": "amazonaws.com"}
"""Parameters that only say in which account a stack is: they decide nothing here."""


def cloudformation_trusts(path: str, root: Mapping) -> Iterator[Stated]:
    """Yield the trusts of the roles that a template declares."""
    resources = root.get("Resources")
    found = [(k.value, settled(v)) for k, v in resources.pairs] if isinstance(resources, Mapping) else []
    declared = {name: body for name, body in found if isinstance(body, Mapping)}

    def made(body: Mapping | None) -> Provider | None:
        if body is None or text_of(body.get("Type")) != "AWS::IAM::OIDCProvider":
            return None
        properties = body.get("Properties")
        url = text_of(entry(properties, "Url"))
        listed = entry(properties, "ClientIdList")
        known = None if listed is None or is_open(listed) else tuple(each.value for each in texts(listed))
        return Provider(url if "://" in url else f"https://{url}", known) if url and "${" not in url else None

    own = [each for body in declared.values() if (each := made(body))]

    def provider(name: Scalar) -> Provider | None:
        match = re.fullmatch(r"\$\{(\w+)(?:\.Arn)?\}", name.value)
        return made(declared.get(match.group(1))) if match else by_address(name, own)

    for name, body in declared.items():
        if text_of(body.get("Type")) != "AWS::IAM::Role":
            continue
        properties = body.get("Properties")
        given = text_of(entry(properties, "RoleName"))
        shown = given if given and "${" not in given else name
        role = Role(name=f"AWS role {shown}", address=name, path=path, line=body.line, column=body.column)
        yield from aws_trusts(entry(properties, "AssumeRolePolicyDocument"), role, provider)


def settled(node: Node) -> Node:
    """Return a tree in which functions are texts: settled where they can be, open where not."""
    if isinstance(node, Scalar):
        return _scalar(node, node.tag.removeprefix("!"))
    if isinstance(node, Sequence):
        if node.tag.startswith("!") and node.tag != "!":
            return _function(node.tag.removeprefix("!"), node)
        return Sequence(tuple(settled(each) for each in node.items), node.line, node.column)
    if len(node.pairs) == 1:
        key, value = node.pairs[0]
        if key.value == "Ref" or key.value.startswith("Fn::"):
            name = key.value.removeprefix("Fn::")
            return _scalar(value, name) if isinstance(value, Scalar) else _function(name, value)
    pairs = tuple((_scalar(key, key.tag.removeprefix("!")), settled(value)) for key, value in node.pairs)
    return Mapping(pairs, node.line, node.column)


def _scalar(node: Scalar, name: str) -> Scalar:
    text = node.value
    if name in {"Ref", "GetAtt", "ImportValue"}:
        return _pseudo(f"${{{text}}}", node)
    if name == "Sub":
        return _pseudo(text, node)
    if text.startswith("[") and text.endswith("]") and not text.startswith("[["):
        # an expression of Azure's templates: https://learn.microsoft.com/en-us/azure/azure-resource-manager/templates/template-expressions
        return Scalar(f"${{{text[1:-1]}}}", node.line, node.column, tag=OPEN)
    return Scalar(text, node.line, node.column, plain=node.plain)


def _pseudo(text: str, node: Node) -> Scalar:
    for name, known in _PSEUDO.items():
        text = text.replace(name, known)
    return Scalar(text, node.line, node.column, plain=False, tag=OPEN if "${" in text else "")


def _function(name: str, node: Node) -> Node:
    """Settle a function over a list: Join and Sub over texts that are known, GetAtt; all others stay open."""
    items = [settled(each) for each in node.items] if isinstance(node, Sequence) else []
    match name, items:
        case "Join", [Scalar() as glue, Sequence(items=parts)] if all(isinstance(each, Scalar) for each in parts):
            return _pseudo(glue.value.join(text_of(each) for each in parts), node)
        case "Sub", [Scalar() as text, Mapping() as given]:
            made = text.value
            for key, value in given.pairs[:100]:
                made = made.replace(f"${{{key.value}}}", text_of(value) or f"${{{key.value}}}")[:10_000]
            return _pseudo(made, node)
        case "GetAtt", [Scalar() as one, Scalar() as two]:
            return _pseudo(f"${{{one.value}.{two.value}}}", node)
    return Scalar(f"${{{name}}}", node.line, node.column, tag=OPEN)
