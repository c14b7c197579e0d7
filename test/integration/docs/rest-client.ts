/**
 * As much of supabase-js as the README's example calls, over plain SQL in the caller's transaction: the columns, the rights
 * and the row level security are the real ones, PostgREST is not there.
 */
import type pg from "pg";

interface Answer {
  readonly data: unknown;
  readonly error: Error | null;
}

const name = (text: string): string => {
  if (!/^[a-z_]+$/.test(text)) throw new Error(`"${text}" is no plain name`);
  return text;
};

class Request implements PromiseLike<Answer> {
  readonly #client: pg.PoolClient;
  readonly #table: string;
  readonly #values: unknown[] = [];
  #verb = "";
  #columns = "";
  #filter = "";
  #isSingle = false;

  constructor(client: pg.PoolClient, table: string) {
    this.#client = client;
    this.#table = name(table);
  }

  insert(given: object | readonly object[]): this {
    const rows = (Array.isArray(given) ? given : [given]) as object[];
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const list = columns.map(name).join(", ");
    this.#values.push(JSON.stringify(rows));
    this.#verb = `insert into ${this.#table} (${list})
      select ${list} from jsonb_populate_recordset(null::${this.#table}, $1::jsonb)`;
    return this;
  }

  update(given: object): this {
    const set = Object.entries(given).map(([column, value]) => {
      this.#values.push(value);
      return `${name(column)} = $${String(this.#values.length)}`;
    });
    this.#verb = `update ${this.#table} set ${set.join(", ")}`;
    return this;
  }

  select(columns: string): this {
    this.#columns = columns
      .split(",")
      .map((column) => name(column.trim()))
      .join(", ");
    return this;
  }

  eq(column: string, value: unknown): this {
    this.#values.push(value);
    this.#filter = ` where ${name(column)} = $${String(this.#values.length)}`;
    return this;
  }

  single(): this {
    this.#isSingle = true;
    return this;
  }

  then<A, B = never>(
    onAnswer?: ((answer: Answer) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#run().then(onAnswer, onError);
  }

  async #run(): Promise<Answer> {
    const returning = this.#columns === "" ? "" : ` returning ${this.#columns}`;
    const sql =
      this.#verb === ""
        ? `select ${this.#columns} from ${this.#table}${this.#filter}`
        : `${this.#verb}${this.#filter}${returning}`;
    const { rows } = await this.#client.query<object>(sql, this.#values);
    return { data: this.#isSingle ? rows[0] : rows, error: null };
  }
}

export interface RestClient {
  from(table: string): Request;
}

/** A client for one transaction. Errors are thrown, not answered: an example that fails is a failed test. */
export function createRestClient(client: pg.PoolClient): RestClient {
  return { from: (table) => new Request(client, table) };
}
