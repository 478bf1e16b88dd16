/**
 * Reads Python pickles of plain data without executing anything. A pickle is a program for a stack machine that may name
 * any function of any Python module and have it called; here only those calls are understood that make an ordered
 * dictionary or a number of numpy's, and everything else is refused. (Opcodes: CPython's `Lib/pickletools.py`.)
 */

/** What a pickle may hold here. Tuples and lists are arrays; dictionaries keep their order, and their keys as they are. */
export type Unpickled =
  null | boolean | number | string | Uint8Array | Unpickled[] | Map<Unpickled, Unpickled> | Set<Unpickled>;

/** Names that a pickle may call, each with what is made of the arguments. */
const CALLS: Readonly<Record<string, (args: readonly Value[]) => Value | undefined>> = {
  'collections OrderedDict': (args) => (args.length === 0 ? new Map() : undefined),
  'numpy dtype': ([type]) => (type === 'f8' || type === 'i8' ? new NumberType(type) : undefined),
  'numpy.core.multiarray scalar': ([type, bytes]) =>
    type instanceof NumberType && bytes instanceof Uint8Array && bytes.length === 8 ? type.read(bytes) : undefined,
};

/** Eight bytes that are a float or an integer, least significant first. */
class NumberType {
  constructor(private readonly type: 'f8' | 'i8') {}

  read(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.type === 'f8' ? view.getFloat64(0, true) : Number(view.getBigInt64(0, true));
  }
}

/** A name that the pickle means to call. */
class Callable {
  constructor(readonly name: string) {}
}

type Value = Unpickled | NumberType | Callable;

const MARK = Symbol('mark');

/**
 * The value that a pickle of protocol 4 holds.
 *
 * @throws Error with the byte at which something stands that is not plain data, or that is no pickle
 */
export function unpickle(bytes: Uint8Array): Unpickled {
  const reader = new Reader(bytes);
  try {
    for (;;) {
      const opcode = reader.unsigned(1);
      if (opcode === STOP) return reader.result();
      const act = ACTIONS.get(opcode);
      if (!act) throw new Error(`opcode 0x${opcode.toString(16).padStart(2, '0')}, expected one of plain data`);
      act(reader);
    }
  } catch (error) {
    throw new Error(`no pickle of plain data: at byte ${reader.last} found ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The stack machine's state. */
class Reader {
  /** Where the last read began. */
  last = 0;
  private at = 0;
  private readonly stack: (Value | typeof MARK)[] = [];
  private readonly memo: Value[] = [];
  private readonly view: DataView;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(length: number): Uint8Array {
    this.last = this.at;
    if (this.at + length > this.bytes.length) throw new Error('the end, expected more');
    this.at += length;
    return this.bytes.subarray(this.last, this.at);
  }

  /** An unsigned integer of up to 4 bytes, least significant first. */
  unsigned(length: 1 | 2 | 4): number {
    this.take(length);
    const { last, view } = this;
    return length === 1 ? view.getUint8(last) : length === 2 ? view.getUint16(last, true) : view.getUint32(last, true);
  }

  integer(): number {
    this.take(4);
    return this.view.getInt32(this.last, true);
  }

  float(): number {
    this.take(8);
    return this.view.getFloat64(this.last); // the one number that has its most significant byte first
  }

  text(length: number): string {
    const bytes = this.take(length);
    // Keys and numbers' names are a few ASCII letters, and a decoder takes ten times as long for these.
    if (length > 64 || bytes.some((byte) => byte > 127)) return this.decoder.decode(bytes);
    return String.fromCharCode(...bytes);
  }

  push(value: Value | typeof MARK): void {
    this.stack.push(value);
  }

  pop(): Value {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw new Error('an opcode that takes more than is there');
    return value;
  }

  /** Everything after the last mark, which goes too. */
  popToMark(): Value[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new Error('an opcode that needs a mark, and there is none');
    return this.stack.splice(mark).slice(1) as Value[];
  }

  top(): Value {
    const value = this.pop();
    this.push(value);
    return value;
  }

  memoise(): void {
    this.memo.push(this.top());
  }

  recall(index: number): void {
    const value = this.memo[index];
    if (value === undefined) throw new Error(`a reference to value ${index}, of ${this.memo.length}`);
    this.push(value);
  }

  result(): Unpickled {
    const value = plain(this.pop());
    if (this.stack.length > 0) throw new Error(`the end with ${this.stack.length} values too many`);
    return value;
  }
}

const STOP = 0x2e;

/** What each opcode does, by its byte; the names are pickletools'. */
const ACTIONS: ReadonlyMap<number, (reader: Reader) => void> = new Map([
  [0x80, (r) => protocol(r.unsigned(1))], // PROTO
  [0x95, (r) => void r.take(8)], // FRAME: a length, of use for streams only
  [0x94, (r) => r.memoise()], // MEMOIZE
  [0x68, (r) => r.recall(r.unsigned(1))], // BINGET
  [0x6a, (r) => r.recall(r.unsigned(4))], // LONG_BINGET
  [0x28, (r) => r.push(MARK)], // MARK

  [0x4e, (r) => r.push(null)], // NONE
  [0x88, (r) => r.push(true)], // NEWTRUE
  [0x89, (r) => r.push(false)], // NEWFALSE
  [0x4b, (r) => r.push(r.unsigned(1))], // BININT1
  [0x4d, (r) => r.push(r.unsigned(2))], // BININT2
  [0x4a, (r) => r.push(r.integer())], // BININT
  [0x47, (r) => r.push(r.float())], // BINFLOAT
  [0x8c, (r) => r.push(r.text(r.unsigned(1)))], // SHORT_BINUNICODE
  [0x58, (r) => r.push(r.text(r.unsigned(4)))], // BINUNICODE
  [0x43, (r) => r.push(r.take(r.unsigned(1)))], // SHORT_BINBYTES

  [0x29, (r) => r.push([])], // EMPTY_TUPLE
  [0x85, (r) => r.push(tuple(r, 1))], // TUPLE1
  [0x86, (r) => r.push(tuple(r, 2))], // TUPLE2
  [0x87, (r) => r.push(tuple(r, 3))], // TUPLE3
  [0x74, (r) => r.push(r.popToMark() as Unpickled[])], // TUPLE
  [0x5d, (r) => r.push([])], // EMPTY_LIST
  [0x61, (r) => append(r, [r.pop()])], // APPEND
  [0x65, (r) => append(r, r.popToMark())], // APPENDS
  [0x7d, (r) => r.push(new Map())], // EMPTY_DICT
  [0x73, (r) => setItems(r, [r.pop(), r.pop()].reverse())], // SETITEM
  [0x75, (r) => setItems(r, r.popToMark())], // SETITEMS
  [0x8f, (r) => r.push(new Set())], // EMPTY_SET
  [0x90, (r) => addItems(r, r.popToMark())], // ADDITEMS

  [0x93, named], // STACK_GLOBAL
  [0x52, call], // REDUCE
  [0x62, build], // BUILD
]);

function protocol(version: number): void {
  if (version !== 4) throw new Error(`protocol ${version}, expected 4`);
}

/** Arguments of calls may hold what only calls understand, so what is in a tuple is checked where it is used. */
function tuple(reader: Reader, length: number): Unpickled[] {
  return Array.from({ length }, () => reader.pop()).reverse() as Unpickled[];
}

function append(reader: Reader, items: readonly Value[]): void {
  const list = reader.top();
  if (!Array.isArray(list)) throw new Error('items for a list, and no list');
  for (const item of items) list.push(plain(item));
}

function setItems(reader: Reader, items: readonly Value[]): void {
  const dictionary = reader.top();
  if (!(dictionary instanceof Map)) throw new Error('items for a dictionary, and no dictionary');
  for (let i = 0; i < items.length; i += 2) dictionary.set(plain(items[i]), plain(items[i + 1]));
}

function addItems(reader: Reader, items: readonly Value[]): void {
  const set = reader.top();
  if (!(set instanceof Set)) throw new Error('items for a set, and no set');
  for (const item of items) set.add(plain(item));
}

function named(reader: Reader): void {
  const [word, module] = [reader.pop(), reader.pop()];
  if (typeof module !== 'string' || typeof word !== 'string') throw new Error('a name that is no text');
  const name = `${module} ${word}`;
  if (!Object.hasOwn(CALLS, name)) {
    throw new Error(`the name "${name}", expected one of ${Object.keys(CALLS).join(', ')}; nothing was executed`);
  }
  reader.push(new Callable(name));
}

function call(reader: Reader): void {
  const args = reader.pop();
  const callable = reader.pop();
  const made = callable instanceof Callable && Array.isArray(args) ? CALLS[callable.name]!(args) : undefined;
  if (made === undefined) throw new Error('a call with arguments that are not understood');
  reader.push(made);
}

/** The state of a number type: (3, '<', None, …), of which the order of the bytes matters. */
function build(reader: Reader): void {
  const state = reader.pop();
  const order = Array.isArray(state) ? state[1] : undefined;
  if (!(reader.top() instanceof NumberType) || order !== '<') {
    throw new Error('a state to restore that is not the one of a little-endian number');
  }
}

function plain(value: Value | undefined): Unpickled {
  if (value === undefined) throw new Error('a key without a value');
  if (value instanceof Callable || value instanceof NumberType) throw new Error('a type, expected data');
  return value;
}
