"""YAML without surprises."""

from __future__ import annotations

from typing import Any

import yaml

from catalog.yaml_text import BadCatalogue


class Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """``06``, ``no`` and ``12:30`` stay what they look like, a key stands once."""


Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null",)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping_once(loader: Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise BadCatalogue(f"{getattr(loader, 'file', 'YAML')}: key {sorted(map(str, twice))} stands twice")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Strict.add_constructor("tag:yaml.org,2002:map", _mapping_once)
