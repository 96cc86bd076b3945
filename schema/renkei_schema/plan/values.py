"""Writing what is no row: leaves, texts, and the objects that a row or a function tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    SelectionSetNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from renkei.reading.layout import Source
from renkei.text import Text as KernelText
from renkei_schema.declare.words import (
    Answered,
    Bilingual,
    Column,
    Computed,
    Refers,
    Told,
    Via,
)
from renkei_schema.plan import hooks
from renkei_schema.plan.selecting import Asked, Document, Unplanned
from renkei_schema.plan.writing import Block, Code, an_object

Sets = Sequence[SelectionSetNode]
# Scalars that orjson writes as the API does.
_PLAIN = frozenset({"String", "ID", "Boolean", "DateTime", "Date", "JSON", "Yen", "Float"})
# (the block, what tells the values of its items, their type, what is asked of them, the place of
# the key that is null where there is no item) → the level's column.
AsLevel = Callable[[Block, Callable[..., Any], Any, Sets, int | None], str]
# A field of an object that leads on to a level of its own, or None.
Leads = Callable[[Block, GraphQLObjectType, Asked, GraphQLField], str | None]


class Values:
    """Writes the source of values, and hands what needs a level of its own to `as_level`."""

    def __init__(self, document: Document, code: Code, as_level: AsLevel) -> None:
        self._document = document
        self._code = code
        self._as_level = as_level

    def told(
        self, block: Block, source: Source, word: Told, field: GraphQLField, asked: Asked
    ) -> str:
        """What a row tells by itself."""
        named = get_named_type(field.type)
        match word:
            case Bilingual(ja=ja, en=en) if isinstance(named, GraphQLObjectType):
                return self._text(source, ja, en, field, named, asked)
            case Column(column=column, via=via):
                stored = f"r[{source.column(column)}]"
                if via is None:
                    held = source.table.c.get(column)
                    sure = held is not None and not held.nullable
                    return self._value(field.type, asked, stored, sure=sure)
                if isinstance(via, type) and issubclass(via, Enum):
                    return self._value(field.type, asked, stored)
                expression = self._through(via, stored)
            case Computed(function=function, parameters=parameters, via=via):
                given = [
                    name if name in {"at", "viewer"} else f"r[{source.column(name)}]"
                    for name in parameters
                ]
                computed = f"{self._code.hold(function)}({', '.join(given)})"
                expression = computed if via is None else self._through(via, computed)
            case _:
                raise Unplanned(asked.name)
        if isinstance(named, GraphQLObjectType) and self._leads(named, asked.below):
            tell = self._code.each("r", 0, expression)
            return self._as_level(block, _told_by(tell), field.type, asked.below, source.there)
        return self._value(field.type, asked, expression)

    def item(self, block: Block, named: Any, sets: Sets, leads: Leads) -> str:
        """The source of what is written of a block's own item: an object, or a leaf."""
        if not isinstance(named, GraphQLObjectType):
            return self._leaf(named, "o")

        def of(asked: Asked) -> str:
            field = named.fields[asked.name]
            below = leads(block, named, asked, field)
            if below is not None:
                return below
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType) and self._leads(inner, asked.below):
                tell = self._code.each("o", 0, self._attribute("o", field, asked))
                return self._as_level(block, _told_by(tell), field.type, asked.below, None)
            return self._of_object("o", field, asked)

        return an_object(self._document, named, sets, of)

    def _through(self, via: Via, expression: str) -> str:
        """What `via` makes of a value; null stays null."""
        name = self._code.temporary()
        made = f"{self._code.hold(via)}({name})"
        return f"(None if ({name} := {expression}) is None else {made})"

    def _leads(self, named: GraphQLObjectType, sets: Sets) -> bool:
        """Whether something below leads to a level of its own."""
        for asked in self._document.fields(named, sets):
            field = named.fields.get(asked.name)
            if field is None:
                continue
            if isinstance(hooks.word_of(field), Refers | Answered):
                return True
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType) and self._leads(inner, asked.below):
                return True
        return False

    def _text(
        self,
        source: Source,
        ja: str,
        en: str,
        field: GraphQLField,
        named: GraphQLObjectType,
        asked: Asked,
    ) -> str:
        """A text in both languages, without an object in between."""
        first, second = f"r[{source.column(ja)}]", f"r[{source.column(en)}]"

        def of(one: Asked) -> str:
            if one.name == "text":
                arguments = self._given(named.fields["text"], one)
                lang = arguments["lang"].value if arguments else "ja"
                return f"{self._code.hold(KernelText)}({first}, {second}).text({lang!r})"
            return f"present({first})" if one.name == "ja" else second

        written = an_object(self._document, named, asked.below, of)
        empty = "refuse()" if is_non_null_type(field.type) else "None"
        return f"({written} if {first} or {second} else {empty})"

    def _attribute(self, item: str, field: GraphQLField, asked: Asked) -> str:
        try:
            resolver = hooks.resolver_of(field)
        except LookupError:
            raise Unplanned(asked.name) from None
        if resolver is None:
            return f"{item}.{hooks.attribute_of(field)}"
        given = [
            f"{name}={self._code.hold(value)}" for name, value in self._given(field, asked).items()
        ]
        return f"{self._code.hold(resolver)}({', '.join([item, *given])})"

    def _given(self, field: GraphQLField, asked: Asked) -> dict[str, Any]:
        return hooks.arguments_of(
            self._document.strawberry, field, asked.nodes[0], self._document.variables
        )

    def _of_object(self, item: str, field: GraphQLField, asked: Asked) -> str:
        if hooks.word_of(field) is not None:
            raise Unplanned(asked.name)
        return self._value(field.type, asked, self._attribute(item, field, asked))

    def _value(self, kind: Any, asked: Asked, expression: str, *, sure: bool = False) -> str:
        """The source of a value of this type; `sure` where it can't be null."""
        required = is_non_null_type(kind)
        bare = kind.of_type if required else kind
        if not is_list_type(bare) and _is_plain(bare):
            return f"present({expression})" if required and not sure else expression
        name = self._code.temporary()
        if is_list_type(bare):
            item = self._code.temporary()
            inner = self._value(bare.of_type, asked, item)
            written = f"[{inner} for {item} in {name}]"
        elif isinstance(bare, GraphQLObjectType):
            written = self._object(bare, asked.below, name)
        else:
            written = self._leaf(bare, name)
        empty = "refuse()" if required else "None"
        return f"({empty} if ({name} := {expression}) is None else {written})"

    def _object(self, named: GraphQLObjectType, sets: Sets, name: str) -> str:
        def of(asked: Asked) -> str:
            return self._of_object(name, named.fields[asked.name], asked)

        return an_object(self._document, named, sets, of)

    def _leaf(self, named: Any, name: str) -> str:
        if isinstance(named, GraphQLEnumType):
            return f"{self._code.hold(hooks.enum_names(named))}[{name}]"
        if isinstance(named, GraphQLScalarType):
            if named.name == "Int":
                return f"integer({name})"
            if named.name in _PLAIN:
                return name
        raise Unplanned(str(named))


def _is_plain(named: Any) -> bool:
    return isinstance(named, GraphQLScalarType) and named.name in _PLAIN


def _told_by(tell: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    return lambda run, items: tell(items, (), run.at, run.viewer, None)
