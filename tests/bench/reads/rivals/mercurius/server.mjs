// The rival `mercurius`: Fastify, Mercurius with its JIT, `pg` with prepared statements; the same
// SQL as `rest`, one statement a level, rows handed down to default resolvers.

import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import pg from "pg";
import { createHash } from "node:crypto";

const POOL = 10;
const { statements, viewer: VIEWER, entry: ENTRY } = JSON.parse(
  readFileSync(process.env.BENCH_STATEMENTS, "utf8"),
);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ max: POOL, options: "-c jit=off" });

const schema = `
  scalar DateTime
  type Query {
    calls(first: Int, after: String): Calls
    areas(first: Int, after: String): Areas
    node(id: ID!): Node
    inbox(first: Int): Notices
  }
  interface Node { id: ID! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Text { ja: String! }
  type Organization { name: Text }
  type Person { name: String! }
  type Area { code: String! name: Text calls(first: Int): Calls! }
  type Areas { pageInfo: PageInfo! nodes: [Area!]! }
  type Call {
    code: String! title: Text closesAt: DateTime! organization: Organization
    areas: [Area!]! proposals(first: Int): Proposals!
  }
  type Calls { totalCount: Int! pageInfo: PageInfo! nodes: [Call!]! }
  type Member { isPi: Boolean! effortPercent: Int person: Person organization: Organization }
  type Proposal implements Node {
    id: ID! number: String! title: String! status: String! updatedAt: DateTime! call: Call
    leadOrganization: Organization principalInvestigator: Person members: [Member!]!
  }
  type Proposals { totalCount: Int! nodes: [Proposal!]! }
  type Brief { code: String! title: Text }
  type Notice { kind: String! createdAt: DateTime! readAt: DateTime call: Call brief: Brief }
  type Notices { nodes: [Notice!]! }
`;

const run = (name, values) => pool.query({ name, text: statements[name], values });
const ask = async (context, name, ...more) =>
  (await run(name, [...context.eyes, ...more])).rows;
const named = (name) => (name === null ? null : { name: { ja: name } });
const person = (name) => (name === null ? null : { name });
const titled = (code, title) => ({ code, title: { ja: title } });
const write = (values) => Buffer.from(JSON.stringify(values)).toString("base64url");
const read = (cursor) => JSON.parse(Buffer.from(cursor, "base64url").toString());
const uuid = (id) => {
  const raw = Buffer.from(id, "base64url");
  return raw.subarray(raw.indexOf(58) + 1).toString("hex");
};

function note(context, kind, id, tlp) {
  if (id !== null && tlp !== "CLEAR" && tlp !== "GREEN") context.read.set(id, [kind, tlp]);
}

function pageInfo(found, size, columns) {
  const last = found[Math.min(size, found.length) - 1];
  return {
    hasNextPage: found.length > size,
    endCursor: last ? write(columns.map((column) => last[column])) : null,
  };
}

// Children of many parents in one statement: mercurius' own loaders batch by query.
const grouped = (rows) => {
  const found = new Map();
  for (const row of rows) {
    const group = found.get(row.parent);
    if (group) group.push(row);
    else found.set(row.parent, [row]);
  }
  return found;
};

const callOf = (row) => ({
  id: row.id,
  code: row.code,
  title: { ja: row.title_ja },
  closesAt: row.closes_at,
  organization: named(row.organization ?? null),
  counted: row.proposals,
});

const proposalOf = (context) => (row) => {
  note(context, "proposal", row.id, row.tlp);
  return {
    title: row.title,
    status: row.status,
    leadOrganization: named(row.organization),
    principalInvestigator: person(row.investigator),
  };
};

const resolvers = {
  DateTime: new GraphQLScalarType({
    name: "DateTime",
    serialize: (instant) => instant.toISOString(),
  }),
  Query: {
    async calls(_, { first, after }, context) {
      const place = after ? read(after) : [];
      const found = await ask(context, after ? "calls_after" : "calls", first + 1, ...place);
      return {
        nodes: found.slice(0, first).map(callOf),
        pageInfo: pageInfo(found, first, ["closes_at", "id"]),
      };
    },
    async areas(_, { first, after }, context) {
      const place = after ? read(after) : [];
      const found = await ask(context, after ? "areas_after" : "areas", first + 1, ...place);
      return {
        nodes: found
          .slice(0, first)
          .map((row) => ({ id: row.id, code: row.code, name: { ja: row.name_ja } })),
        pageInfo: pageInfo(found, first, ["list_code", "list_version", "position", "id"]),
      };
    },
    async node(_, { id }, context) {
      const key = uuid(id);
      const [[row], team] = await Promise.all([
        ask(context, "proposal", key),
        ask(context, "members", key),
      ]);
      if (!row) return null;
      return {
        __typename: "Proposal",
        ...proposalOf(context)(row),
        number: row.number,
        updatedAt: row.updated_at,
        call: { ...titled(row.code, row.title_ja), closesAt: row.closes_at },
        members: team.map((one) => ({
          isPi: one.is_pi,
          effortPercent: one.effort_percent,
          person: person(one.person),
          organization: named(one.organization),
        })),
      };
    },
    async inbox(_, { first }, context) {
      const rows = await ask(context, "inbox", first, context.viewer.person_id);
      return {
        nodes: rows.map((row) => {
          note(context, "brief", row.brief_id, row.brief_tlp);
          return {
            kind: row.kind,
            createdAt: row.created_at,
            readAt: row.read_at,
            call: row.call_id && titled(row.call_code, row.call_title),
            brief: row.brief_id && titled(row.brief_code, row.brief_title),
          };
        }),
      };
    },
  },
  Calls: {
    async totalCount(parent, _, context) {
      return parent.totalCount ?? (await ask(context, "call_count"))[0].n;
    },
  },
};

const loaders = {
  Call: {
    async areas(queries, context) {
      const keys = queries.map(({ obj }) => obj.id);
      const found = grouped(await ask(context, "areas_of_calls", keys));
      return keys.map((key) =>
        (found.get(key) ?? []).map((row) => ({ code: row.code, name: { ja: row.name_ja } })),
      );
    },
    async proposals(queries, context) {
      const { obj, params } = queries[0];
      if (obj.counted !== undefined) {
        return queries.map((one) => ({ totalCount: one.obj.counted }));
      }
      const keys = queries.map((one) => one.obj.id);
      const rows = await ask(context, "proposals_of_calls", keys, params.first);
      const found = grouped(rows);
      return keys.map((key) => ({ nodes: (found.get(key) ?? []).map(proposalOf(context)) }));
    },
  },
  Area: {
    async calls(queries, context) {
      const keys = queries.map(({ obj }) => obj.id);
      const rows = await ask(context, "calls_of_areas", keys, queries[0].params.first);
      const found = grouped(rows);
      return keys.map((key) => ({
        nodes: (found.get(key) ?? []).map(callOf),
      }));
    },
  },
};

async function context(request) {
  const secret = (request.headers.authorization ?? "").replace("Bearer ", "");
  const at = new Date().toISOString();
  const hash = createHash("sha256").update(secret).digest("hex");
  const found = await pool.query({ name: "viewer", text: VIEWER, values: [hash, at] });
  const [viewer] = found.rows;
  if (!viewer) throw new Error("not signed in");
  const tokens = ["public", "member", ...viewer.affiliations, ...viewer.more];
  return { viewer, eyes: [tokens, viewer.affiliations, at], at, read: new Map() };
}

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, context, jit: 1 });
app.register(async (instance) => {
  // The answer leaves once the entry of the reading is written.
  instance.graphql.addHook("onResolution", async (_, { read: seen, viewer, at }) => {
    if (!seen.size) return;
    const ids = [...seen.keys()];
    const marks = [...seen.values()];
    await pool.query({
      name: "entry",
      text: ENTRY,
      values: [at, viewer.person_id, viewer.post_id, ids, marks.map((m) => m[0]), marks.map((m) => m[1])],
    });
  });
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
