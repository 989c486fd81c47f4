var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// node_modules/eventemitter3/index.js
var require_eventemitter3 = __commonJS({
  "node_modules/eventemitter3/index.js"(exports, module) {
    "use strict";
    var has = Object.prototype.hasOwnProperty;
    var prefix = "~";
    function Events() {
    }
    if (Object.create) {
      Events.prototype = /* @__PURE__ */ Object.create(null);
      if (!new Events().__proto__) prefix = false;
    }
    function EE(fn, context, once) {
      this.fn = fn;
      this.context = context;
      this.once = once || false;
    }
    function addListener(emitter, event, fn, context, once) {
      if (typeof fn !== "function") {
        throw new TypeError("The listener must be a function");
      }
      var listener = new EE(fn, context || emitter, once), evt = prefix ? prefix + event : event;
      if (!emitter._events[evt]) emitter._events[evt] = listener, emitter._eventsCount++;
      else if (!emitter._events[evt].fn) emitter._events[evt].push(listener);
      else emitter._events[evt] = [emitter._events[evt], listener];
      return emitter;
    }
    function clearEvent(emitter, evt) {
      if (--emitter._eventsCount === 0) emitter._events = new Events();
      else delete emitter._events[evt];
    }
    function EventEmitter2() {
      this._events = new Events();
      this._eventsCount = 0;
    }
    EventEmitter2.prototype.eventNames = function eventNames() {
      var names = [], events, name;
      if (this._eventsCount === 0) return names;
      for (name in events = this._events) {
        if (has.call(events, name)) names.push(prefix ? name.slice(1) : name);
      }
      if (Object.getOwnPropertySymbols) {
        return names.concat(Object.getOwnPropertySymbols(events));
      }
      return names;
    };
    EventEmitter2.prototype.listeners = function listeners2(event) {
      var evt = prefix ? prefix + event : event, handlers = this._events[evt];
      if (!handlers) return [];
      if (handlers.fn) return [handlers.fn];
      for (var i = 0, l = handlers.length, ee = new Array(l); i < l; i++) {
        ee[i] = handlers[i].fn;
      }
      return ee;
    };
    EventEmitter2.prototype.listenerCount = function listenerCount(event) {
      var evt = prefix ? prefix + event : event, listeners2 = this._events[evt];
      if (!listeners2) return 0;
      if (listeners2.fn) return 1;
      return listeners2.length;
    };
    EventEmitter2.prototype.emit = function emit(event, a1, a2, a3, a4, a5) {
      var evt = prefix ? prefix + event : event;
      if (!this._events[evt]) return false;
      var listeners2 = this._events[evt], len = arguments.length, args, i;
      if (listeners2.fn) {
        if (listeners2.once) this.removeListener(event, listeners2.fn, void 0, true);
        switch (len) {
          case 1:
            return listeners2.fn.call(listeners2.context), true;
          case 2:
            return listeners2.fn.call(listeners2.context, a1), true;
          case 3:
            return listeners2.fn.call(listeners2.context, a1, a2), true;
          case 4:
            return listeners2.fn.call(listeners2.context, a1, a2, a3), true;
          case 5:
            return listeners2.fn.call(listeners2.context, a1, a2, a3, a4), true;
          case 6:
            return listeners2.fn.call(listeners2.context, a1, a2, a3, a4, a5), true;
        }
        for (i = 1, args = new Array(len - 1); i < len; i++) {
          args[i - 1] = arguments[i];
        }
        listeners2.fn.apply(listeners2.context, args);
      } else {
        var length = listeners2.length, j;
        for (i = 0; i < length; i++) {
          if (listeners2[i].once) this.removeListener(event, listeners2[i].fn, void 0, true);
          switch (len) {
            case 1:
              listeners2[i].fn.call(listeners2[i].context);
              break;
            case 2:
              listeners2[i].fn.call(listeners2[i].context, a1);
              break;
            case 3:
              listeners2[i].fn.call(listeners2[i].context, a1, a2);
              break;
            case 4:
              listeners2[i].fn.call(listeners2[i].context, a1, a2, a3);
              break;
            default:
              if (!args) for (j = 1, args = new Array(len - 1); j < len; j++) {
                args[j - 1] = arguments[j];
              }
              listeners2[i].fn.apply(listeners2[i].context, args);
          }
        }
      }
      return true;
    };
    EventEmitter2.prototype.on = function on(event, fn, context) {
      return addListener(this, event, fn, context, false);
    };
    EventEmitter2.prototype.once = function once(event, fn, context) {
      return addListener(this, event, fn, context, true);
    };
    EventEmitter2.prototype.removeListener = function removeListener(event, fn, context, once) {
      var evt = prefix ? prefix + event : event;
      if (!this._events[evt]) return this;
      if (!fn) {
        clearEvent(this, evt);
        return this;
      }
      var listeners2 = this._events[evt];
      if (listeners2.fn) {
        if (listeners2.fn === fn && (!once || listeners2.once) && (!context || listeners2.context === context)) {
          clearEvent(this, evt);
        }
      } else {
        for (var i = 0, events = [], length = listeners2.length; i < length; i++) {
          if (listeners2[i].fn !== fn || once && !listeners2[i].once || context && listeners2[i].context !== context) {
            events.push(listeners2[i]);
          }
        }
        if (events.length) this._events[evt] = events.length === 1 ? events[0] : events;
        else clearEvent(this, evt);
      }
      return this;
    };
    EventEmitter2.prototype.removeAllListeners = function removeAllListeners(event) {
      var evt;
      if (event) {
        evt = prefix ? prefix + event : event;
        if (this._events[evt]) clearEvent(this, evt);
      } else {
        this._events = new Events();
        this._eventsCount = 0;
      }
      return this;
    };
    EventEmitter2.prototype.off = EventEmitter2.prototype.removeListener;
    EventEmitter2.prototype.addListener = EventEmitter2.prototype.on;
    EventEmitter2.prefixed = prefix;
    EventEmitter2.EventEmitter = EventEmitter2;
    if ("undefined" !== typeof module) {
      module.exports = EventEmitter2;
    }
  }
});

// packages/protocol/src/manifest.ts
import { z as z2 } from "zod";

// packages/protocol/src/manifest-runtime.ts
import { z } from "zod";
var quantity = z.union([z.string().min(1).max(32), z.number().positive()]);
var milliseconds = (min, max) => z.int().min(min).max(max);
var envVarSchema = z.strictObject({
  name: z.string().max(256).regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  value: z.string().max(131072),
  secret: z.boolean().optional()
});
var resourcesSchema = z.strictObject({
  cpu: quantity.optional(),
  memory: quantity.optional(),
  disk: quantity.optional(),
  pids: z.int().min(1).max(1e5).optional()
});
var probesSchema = z.strictObject({
  /** [10 000] */
  interval_ms: milliseconds(100, 36e5).optional(),
  /** [2 000]; must be shorter than the interval. */
  timeout_ms: milliseconds(10, 6e5).optional(),
  /** [3] failures in a row until unhealthy. */
  failure_threshold: z.int().min(1).max(100).optional(),
  /** [1] successes in a row until healthy; 2 after an unhealthy episode. */
  success_threshold: z.int().min(1).max(100).optional(),
  /** [30 000] time to the first success during which failures do not count. */
  start_period_ms: milliseconds(0, 36e5).optional(),
  /** Slower than this on average is `degraded`; no default. */
  degraded_latency_ms: milliseconds(1, 6e5).optional(),
  /** Load above this is `degraded`; no default. */
  degraded_load: z.number().min(0).max(1).optional()
});
var scalingSchema = z.strictObject({
  /** [1] */
  min: z.int().min(0).max(1e3).optional(),
  /** [min] */
  max: z.int().min(1).max(1e3).optional(),
  targets: z.array(
    z.strictObject({
      metric: z.enum(["cpu", "memory", "load", "in_flight", "queue_length"]),
      /** Percent for `cpu` and `memory`, 0..1 for `load`, a count per instance otherwise. */
      value: z.number().positive()
    })
  ).max(16).optional(),
  up_window_ms: milliseconds(0, 36e5).optional(),
  down_window_ms: milliseconds(0, 36e5).optional(),
  cooldown_ms: milliseconds(0, 36e5).optional(),
  idle_timeout_ms: milliseconds(1e3, 864e5 * 7).optional()
});
var networkSchema = z.strictObject({
  /** The agent needs a wall around its tenant: an engine that has none refuses it. [false] */
  isolated: z.boolean().optional(),
  /** What the agent may reach beyond its own tenant: nothing, or everything the engine routes. [internet] */
  egress: z.enum(["none", "internet"]).optional(),
  /** Agents of other tenants that may be reached, by `agent_id`. Kubernetes only. */
  peers: z.array(z.string().max(253)).max(64).optional()
});
var stateSchema = z.strictObject({
  /** How deep `park` may go by default. [the deepest the engine can keep: pause where it has one, else stop] */
  park: z.enum(["pause", "stop"]).optional(),
  volumes: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/),
      path: z.string().regex(/^\/[^\0:]*$/).max(1024)
    })
  ).max(8).optional()
});
var runtimeSchema = z.looseObject({
  language: z.string().max(64).optional(),
  version: z.string().max(64).optional(),
  entrypoint: z.string().min(1).max(4096).optional(),
  /** Longest time one action may take. */
  timeout_ms: milliseconds(1, 864e5).optional(),
  /** Short for `resources.memory` in MiB; refused beside it. */
  memory_mb: z.int().min(1).max(16777216).optional(),
  /** `name:tag` or `name@sha256:…`. */
  image: z.string().min(1).max(512).optional(),
  /** Build the image from a folder on the host's machine instead of pulling it. */
  build: z.strictObject({ context: z.string().min(1), dockerfile: z.string().optional() }).optional(),
  command: z.array(z.string().max(32768)).max(256).optional(),
  /** Port the agent listens on, inside. [8080]; the agent also finds it in `PORT`. */
  port: z.int().min(1).max(65535).optional(),
  /** [/health] */
  health_path: z.string().max(1024).regex(/^\/[^\s?#]*$/).optional(),
  protocol: z.enum(["http"]).optional(),
  env: z.array(envVarSchema).max(512).optional(),
  resources: resourcesSchema.optional(),
  probes: probesSchema.optional(),
  scaling: scalingSchema.optional(),
  network: networkSchema.optional(),
  state: stateSchema.optional(),
  /** Numeric `uid[:gid]`. [65534:65534] */
  user: z.string().regex(/^\d{1,10}(:\d{1,10})?$/).optional(),
  /** [true] */
  read_only_root: z.boolean().optional(),
  /** Time between SIGTERM and SIGKILL. [10 000] */
  grace_ms: milliseconds(0, 6e5).optional(),
  /** A roll-out that is not ready after this is rolled back. [300 000] */
  rollout_deadline_ms: milliseconds(1e3, 36e5).optional()
});

// packages/protocol/src/manifest.ts
var manifestStatuses = ["draft", "active", "paused", "deprecated", "retired", "inactive"];
var text = (max) => z2.string().min(1).max(max);
var jsonSchema = z2.union([z2.record(z2.string(), z2.unknown()), z2.boolean()]);
var fieldSchema = z2.looseObject({
  name: text(128),
  type: text(64),
  required: z2.boolean().optional(),
  description: z2.string().max(4096).optional()
});
var fieldsSchema = z2.union([z2.array(fieldSchema).max(256), z2.record(z2.string(), z2.unknown())]);
var agentIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)*$/;
var versionPattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
var manifestSchema = z2.looseObject({
  agent_id: z2.string().max(253).regex(agentIdPattern),
  name: text(300),
  version: z2.string().max(128).regex(versionPattern),
  status: z2.enum(manifestStatuses).optional(),
  description: z2.string().max(16384).optional(),
  capabilities: z2.array(
    z2.union([text(128), z2.looseObject({ name: text(128), level: z2.union([z2.string(), z2.number()]).optional() })])
  ).max(256).optional(),
  ethics: z2.looseObject({ framework: z2.string().optional(), hard_constraints: z2.array(text(128)).max(64).optional() }).optional(),
  desires: z2.looseObject({ profile: z2.array(z2.looseObject({ id: text(128), weight: z2.number().min(0).max(1) })).max(64) }).optional(),
  tools: z2.array(
    z2.looseObject({
      name: text(128),
      description: z2.string().max(4096).optional(),
      category: z2.string().max(128).optional(),
      input_schema: jsonSchema.optional(),
      output_schema: jsonSchema.optional()
    })
  ).max(256).optional(),
  authority: z2.looseObject({
    instruction: z2.looseObject({ type: text(64), id: text(300) }).optional(),
    oversight: z2.looseObject({ type: text(64), id: text(300), independent: z2.boolean().optional() }).optional()
  }).optional(),
  authentication: z2.looseObject({
    required: z2.boolean().optional(),
    provider: z2.string().max(128).optional(),
    provider_url: z2.url().optional(),
    roles_required: z2.array(text(128)).max(64).optional(),
    scopes_required: z2.array(text(128)).max(64).optional()
  }).optional(),
  runtime: runtimeSchema.optional(),
  inputs: fieldsSchema.optional(),
  outputs: fieldsSchema.optional()
});

// packages/protocol/src/errors.ts
var errorCodes = [
  "not_found",
  "already_exists",
  "invalid_argument",
  "unsupported",
  "permission_denied",
  "unauthenticated",
  "resource_exhausted",
  "conflict",
  "unavailable",
  "timeout",
  "cancelled",
  "internal"
];
var errorTable = {
  not_found: { http: 404, jsonRpc: -32004, exitCode: 66, retryable: false },
  already_exists: { http: 409, jsonRpc: -32009, exitCode: 73, retryable: false },
  invalid_argument: { http: 400, jsonRpc: -32602, exitCode: 64, retryable: false },
  unsupported: { http: 422, jsonRpc: -32010, exitCode: 69, retryable: false },
  permission_denied: { http: 403, jsonRpc: -32003, exitCode: 77, retryable: false },
  unauthenticated: { http: 401, jsonRpc: -32001, exitCode: 77, retryable: false },
  resource_exhausted: { http: 429, jsonRpc: -32029, exitCode: 75, retryable: false },
  conflict: { http: 409, jsonRpc: -32011, exitCode: 75, retryable: true },
  unavailable: { http: 503, jsonRpc: -32012, exitCode: 75, retryable: true },
  timeout: { http: 504, jsonRpc: -32013, exitCode: 75, retryable: true },
  cancelled: { http: 499, jsonRpc: -32014, exitCode: 130, retryable: false },
  internal: { http: 500, jsonRpc: -32603, exitCode: 70, retryable: false }
};
var marker = /* @__PURE__ */ Symbol.for("@moorage/error");
var MoorageError = class extends Error {
  code;
  retryable;
  operation;
  context;
  constructor(code, message, options = {}) {
    super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.name = "MoorageError";
    this.code = code;
    this.retryable = options.retryable ?? errorTable[code].retryable;
    this.operation = options.operation;
    this.context = options.context ?? {};
    Object.defineProperty(this, marker, { value: true });
  }
};
function isMoorageError(value) {
  return typeof value === "object" && value !== null && value[marker] === true;
}
function toMoorageError(thrown, operation2) {
  if (isMoorageError(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = error.name === "AbortError" ? "cancelled" : "internal";
  return new MoorageError(code, error.message, { cause: thrown, ...operation2 ? { operation: operation2 } : {} });
}

// packages/protocol/src/field-issue.ts
function fieldPath(path) {
  return path.reduce((text2, part) => {
    if (typeof part === "number") return `${text2}[${part}]`;
    return text2 === "" ? String(part) : `${text2}.${String(part)}`;
  }, "");
}
function quoteValue(value) {
  if (value === void 0) return "missing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text2 = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text2.length > 80 ? `${text2.slice(0, 76)}\u2026"` : text2;
}
function describeIssues(issues, input, root, hints) {
  return issues.flatMap((issue) => deepest(issue)).map((issue) => describeIssue(issue, input, root, hints));
}
function deepest(issue, prefix = []) {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union") return [{ ...issue, path }];
  const branches = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0));
  const meant = branches[0];
  if (meant) return meant.flatMap((inner) => deepest(inner, path));
  const anyType = issue.errors.every((branch) => branch.every((inner) => inner.code === "invalid_type"));
  const limit = issue.errors.flat().find((inner) => inner.code !== "invalid_type");
  if (!anyType && limit) return deepest(limit, path);
  return [{ ...issue, path }];
}
function describeIssue(issue, input, root, hints) {
  const path = issue.path;
  const field = fieldPath(path) || root;
  const value = valueAt(input, path);
  const must = limitOf(issue);
  const shown = maySecret(path) ? "not acceptable" : quoteValue(value);
  const message = value === void 0 ? `${field} is missing: it ${must}` : `${field} is ${shown}, but ${must}`;
  const pattern = fieldPath(path.map((part) => typeof part === "number" ? "#" : part)).replaceAll(".#", "[]");
  return { field, message, fix: hints[pattern] ?? defaultFix(issue, value) };
}
function limitOf(issue) {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case "too_big":
      return `must be ${issue.inclusive === false ? "below" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "too_small":
      return `must be ${issue.inclusive === false ? "above" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => quoteValue(value)).join(", ")}`;
    case "invalid_format":
      return issue.format === "url" ? "must be a URL" : "must have another form";
    case "unrecognized_keys":
      return `must not have the key ${issue.keys.map((key) => quoteValue(key)).join(", ")}`;
    case "invalid_union":
      return `must be ${unionWords(issue.errors)}`;
    case "custom":
      return issue.message;
    default:
      return `must be otherwise: ${issue.message}`;
  }
}
function unionWords(branches) {
  const words2 = branches.flatMap(
    (branch) => branch.flatMap((issue) => issue.code === "invalid_type" ? [typeWords[issue.expected] ?? issue.expected] : [])
  );
  return [...new Set(words2)].join(" or ") || "of another type";
}
var typeWords = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list"
};
function unitOf(origin) {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries long" : "";
}
function defaultFix(issue, value) {
  if (issue.code === "unrecognized_keys") return "remove what is not known";
  if (value === void 0) return "add it";
  const limit = limitOf(issue);
  return limit.startsWith("must be ") ? `use ${limit.slice("must be ".length)}` : "correct it";
}
function maySecret(path) {
  return path.includes("env") && path.length > 2 && path.at(-1) !== "name";
}
function valueAt(input, path) {
  return path.reduce(
    (value, key) => typeof value === "object" && value !== null && Object.hasOwn(value, key) ? value[key] : void 0,
    input
  );
}

// packages/protocol/src/plain-json.ts
var maxJsonBytes = 1048576;
var maxJsonDepth = 64;
var forbiddenKeys = /* @__PURE__ */ new Set(["__proto__", "constructor", "prototype"]);
function toPlainJson(input, root) {
  const state = { root, bytes: 0, issue: void 0 };
  const value = copy(input, [], state);
  return state.issue ? { issue: state.issue } : { value };
}
function copy(value, path, state) {
  if (state.issue) return void 0;
  if (path.length > maxJsonDepth) return fail(state, path.slice(0, 4), "nested", tooDeep, "flatten it");
  switch (typeof value) {
    case "string":
      count(value, state);
      return value;
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      return fail(state, path, String(value), "must be a finite number", "give a number that JSON can say");
    case "object":
      if (value === null) return null;
      return Array.isArray(value) ? copyList(value, path, state) : copyObject(value, path, state);
    default:
      return fail(state, path, `a ${typeof value}`, "must be JSON data", "give text, numbers, lists and objects only");
  }
}
function copyList(list, path, state) {
  const result = [];
  for (const [index, item] of list.entries()) {
    count("", state);
    result.push(copy(item, [...path, index], state));
    if (state.issue) break;
  }
  return result;
}
function copyObject(source, path, state) {
  if (Object.prototype.toString.call(source) !== "[object Object]") {
    const kind = Object.prototype.toString.call(source).slice(8, -1);
    return fail(state, path, `a ${kind}`, "must be JSON data", "give text, numbers, lists and objects only");
  }
  const result = {};
  for (const key of Object.keys(source)) {
    const inner = [...path, key];
    if (forbiddenKeys.has(key)) return fail(state, inner, "a reserved key", "no object may have it", "rename the key");
    const value = source[key];
    if (value === void 0) continue;
    count(key, state);
    result[key] = copy(value, inner, state);
    if (state.issue) break;
  }
  return result;
}
var tooDeep = `may be at most ${maxJsonDepth} levels deep`;
function count(text2, state) {
  state.bytes += text2.length > maxJsonBytes ? text2.length : utf8Length(text2) + 2;
  if (state.bytes > maxJsonBytes) {
    fail(state, [], `larger than ${maxJsonBytes} bytes`, `may have at most ${maxJsonBytes} bytes`, "shorten it");
  }
}
var encoder = new TextEncoder();
function utf8Length(text2) {
  return text2 === "" ? 0 : encoder.encode(text2).byteLength;
}
function fail(state, path, value, must, fix) {
  const field = fieldPath(path) || state.root;
  state.issue ??= { field, message: `${field} is ${value}, but ${must}`, fix };
  return void 0;
}

// packages/protocol/src/json-text.ts
function readJson(text2) {
  try {
    return JSON.parse(text2);
  } catch {
    return void 0;
  }
}

// packages/protocol/src/enforced-constraints.ts
var enforcedConstraints = [
  {
    id: "customer_isolation",
    enforcedBy: "the tenant wall: every call, address and record is of one customer, who has a network of its own"
  },
  {
    id: "no_unauthorized_access",
    enforcedBy: "the access check of the control interface: a caller without the needed role and scope is refused"
  },
  {
    id: "no_data_leakage",
    enforcedBy: "sealed secrets, which appear in no list, log, event or error, and the egress rule of the runtime"
  }
];

// packages/protocol/src/health-body.ts
var warnWords = /* @__PURE__ */ new Set(["warn", "warning", "degraded"]);
var failWords = /* @__PURE__ */ new Set(["fail", "error", "down", "unhealthy"]);
function parseHealthBody(status, body) {
  const fields = readFields(body);
  const word = typeof fields.status === "string" ? fields.status.toLowerCase() : "";
  const verdict = judge(status, word);
  const load = typeof fields.load === "number" && fields.load >= 0 && fields.load <= 1 ? fields.load : void 0;
  const message = messageOf(fields) ?? (verdict === "pass" ? void 0 : `answered ${status} ${word}`.trim());
  return { verdict, ...load === void 0 ? {} : { load }, ...message === void 0 ? {} : { message } };
}
function judge(status, word) {
  if (status === 429) return "warn";
  if (status < 200 || status > 299 || failWords.has(word)) return "fail";
  return warnWords.has(word) ? "warn" : "pass";
}
function readFields(body) {
  const value = readJson(body);
  return typeof value === "object" && value !== null ? value : {};
}
function messageOf(fields) {
  const text2 = [fields.message, fields.error, fields.output].find((value) => typeof value === "string" && value !== "");
  return typeof text2 === "string" ? text2.slice(0, 500) : void 0;
}

// packages/protocol/src/manifest-hints.ts
var quantityOfBytes = 'use bytes with a unit, such as "512Mi" or "1Gi"';
var duration = (min, max) => `use whole milliseconds from ${min} to ${max}`;
var words = "use a list of texts, each from 1 to 128 characters";
var manifestHints = {
  manifest: "give one JSON object with at least agent_id, name and version",
  agent_id: 'use dotted words of letters, digits, "-" and "_", such as "agent.calculator.calculation"',
  name: "use a display name of 1 to 300 characters",
  version: 'use a semantic version such as "1.0.0"',
  status: 'use the life stage of the agent, such as "active", or leave it out',
  description: "use a text of at most 16384 characters",
  capabilities: "use a list of at most 256 words, or of {name, level}",
  "capabilities[]": "use a word of 1 to 128 characters, or {name, level}",
  "capabilities[].name": "use a word of 1 to 128 characters",
  "capabilities[].level": "use a text or a number",
  ethics: "use an object with framework and hard_constraints",
  "ethics.framework": 'use a text such as "harm-minimization"',
  "ethics.hard_constraints": words,
  "ethics.hard_constraints[]": 'use a word such as "customer_isolation"',
  desires: "use an object with profile, a list of {id, weight}",
  "desires.profile": "use a list of at most 64 of {id, weight}",
  "desires.profile[]": "use {id, weight}",
  "desires.profile[].id": "use a word of 1 to 128 characters",
  "desires.profile[].weight": "use a number from 0 to 1; all weights together make 1",
  tools: "use a list of at most 256 of {name, description, category}",
  "tools[]": "use {name, description, category}",
  "tools[].name": "use a name of 1 to 128 characters",
  "tools[].description": "use a text of at most 4096 characters",
  "tools[].category": "use a text of at most 128 characters",
  "tools[].input_schema": "use a JSON Schema",
  "tools[].output_schema": "use a JSON Schema",
  authority: "use an object with instruction and oversight",
  "authority.instruction": "use {type, id}",
  "authority.instruction.type": 'use a word such as "agent" or "human"',
  "authority.instruction.id": "name who gives the agent its instructions",
  "authority.oversight": "use {type, id, independent: true}",
  "authority.oversight.type": 'use a word such as "human"',
  "authority.oversight.id": "name who oversees the agent",
  "authority.oversight.independent": "use true",
  authentication: "use an object with required, provider and provider_url",
  "authentication.required": "use true or false",
  "authentication.provider": "use a text of at most 128 characters",
  "authentication.provider_url": 'use the full URL of the identity provider, such as "https://login.example.com"',
  "authentication.roles_required": words,
  "authentication.roles_required[]": 'use a role such as "hosting-admin"',
  "authentication.scopes_required": words,
  "authentication.scopes_required[]": 'use a scope such as "container:manage"',
  inputs: "use a list of {name, type, required, description}, or a JSON Schema",
  outputs: "use a list of {name, type, required, description}, or a JSON Schema",
  "inputs[]": "use {name, type, required, description}",
  "inputs[].name": "use a name of 1 to 128 characters",
  "inputs[].type": 'use a type such as "number"',
  "inputs[].required": "use true or false",
  "inputs[].description": "use a text of at most 4096 characters",
  "outputs[]": "use {name, type, required, description}",
  "outputs[].name": "use a name of 1 to 128 characters",
  "outputs[].type": 'use a type such as "number"',
  "outputs[].required": "use true or false",
  "outputs[].description": "use a text of at most 4096 characters",
  runtime: "use an object with an image, or with language and entrypoint",
  "runtime.language": 'use a language such as "node"',
  "runtime.version": 'use a version such as "20"',
  "runtime.entrypoint": "use the path of the program to run",
  "runtime.timeout_ms": duration("1", "86400000"),
  "runtime.memory_mb": "use whole MiB from 1 to 16777216",
  "runtime.image": 'use "name:tag" or "name@sha256:\u2026"',
  "runtime.build": "use {context, dockerfile}",
  "runtime.build.context": "use the path of the folder to build from",
  "runtime.build.dockerfile": "use the path of the Dockerfile inside the context",
  "runtime.command": "use a list of at most 256 texts: the program and its arguments",
  "runtime.command[]": "use a text of at most 32768 characters",
  "runtime.port": "use a whole number from 1 to 65535",
  "runtime.health_path": 'use a path such as "/health", without query or fragment',
  "runtime.protocol": 'use "http", or leave it out',
  "runtime.env": "use a list of at most 512 of {name, value}",
  "runtime.env[]": "use {name, value}, with secret: true for a secret",
  "runtime.env[].name": 'use letters, digits and "_", not beginning with a digit',
  "runtime.env[].value": "use a text of at most 131072 characters",
  "runtime.env[].secret": "use true or false",
  "runtime.resources": "use an object with cpu, memory, disk and pids",
  "runtime.resources.cpu": 'use cores such as "0.5", or thousandths such as "250m"',
  "runtime.resources.memory": quantityOfBytes,
  "runtime.resources.disk": quantityOfBytes,
  "runtime.resources.pids": "use a whole number from 1 to 100000",
  "runtime.probes": "use an object with interval_ms, timeout_ms and thresholds",
  "runtime.probes.interval_ms": duration("100", "3600000"),
  "runtime.probes.timeout_ms": duration("10", "600000"),
  "runtime.probes.failure_threshold": "use a whole number from 1 to 100",
  "runtime.probes.success_threshold": "use a whole number from 1 to 100",
  "runtime.probes.start_period_ms": duration("0", "3600000"),
  "runtime.probes.degraded_latency_ms": duration("1", "600000"),
  "runtime.probes.degraded_load": "use a number from 0 to 1",
  "runtime.scaling": "use an object with min, max and targets",
  "runtime.scaling.min": "use a whole number from 0 to 1000",
  "runtime.scaling.max": "use a whole number from 1 to 1000",
  "runtime.scaling.targets": "use a list of at most 16 of {metric, value}",
  "runtime.scaling.targets[]": "use {metric, value}",
  "runtime.scaling.targets[].metric": "use a metric of the list",
  "runtime.scaling.targets[].value": "use a number above 0",
  "runtime.scaling.up_window_ms": duration("0", "3600000"),
  "runtime.scaling.down_window_ms": duration("0", "3600000"),
  "runtime.scaling.cooldown_ms": duration("0", "3600000"),
  "runtime.scaling.idle_timeout_ms": duration("1000", "604800000"),
  "runtime.network": "use an object with isolated, egress and peers",
  "runtime.network.isolated": "use true or false",
  "runtime.network.egress": 'use "none" or "internet"',
  "runtime.network.peers": "use a list of at most 64 agent ids",
  "runtime.network.peers[]": "use the agent_id of the agent to reach",
  "runtime.state": "use an object with park and volumes",
  "runtime.state.park": 'use "pause" or "stop"',
  "runtime.state.volumes": "use a list of at most 8 of {name, path}",
  "runtime.state.volumes[]": "use {name, path}",
  "runtime.state.volumes[].name": 'use 1 to 40 lower-case letters, digits and "-", with a letter or digit at both ends',
  "runtime.state.volumes[].path": 'use an absolute path without ":"',
  "runtime.user": 'use a numeric user, with or without group, such as "1000" or "1000:1000"',
  "runtime.read_only_root": "use true or false",
  "runtime.grace_ms": duration("0", "600000"),
  "runtime.rollout_deadline_ms": duration("1000", "3600000")
};

// packages/protocol/src/quantity.ts
function parseCpu(quantity2) {
  const text2 = String(quantity2).trim();
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text2);
  if (!match) throw invalid("cpu", quantity2, 'a number of cores such as "0.5", or thousandths such as "250m"');
  const millis = scaleDecimal(match[1] ?? "", match[2] === "m" ? 1n : 1000n);
  if (millis === void 0 || millis < 1) {
    throw invalid("cpu", quantity2, "at least 1m and a whole number of thousandths");
  }
  return millis;
}
var byteUnits = {
  "": 1n,
  k: 1000n,
  M: 1000n ** 2n,
  G: 1000n ** 3n,
  T: 1000n ** 4n,
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n
};
function parseBytes(quantity2) {
  const text2 = String(quantity2).trim();
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text2);
  if (!match) throw invalid("bytes", quantity2, 'bytes with a unit such as "512Mi", "1Gi" or "256M"');
  const bytes = scaleDecimal(match[1] ?? "", byteUnits[match[2] ?? ""] ?? 1n);
  if (bytes === void 0 || bytes < 1) throw invalid("bytes", quantity2, "a whole number of bytes, at least 1");
  return bytes;
}
function scaleDecimal(digits, factor) {
  const [whole = "0", fraction = ""] = digits.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * factor;
  if (product % scale !== 0n) return void 0;
  const value = Number(product / scale);
  return Number.isSafeInteger(value) ? value : void 0;
}
function invalid(kind, value, want) {
  return new MoorageError("invalid_argument", `Cannot read the ${kind} quantity "${String(value)}": use ${want}`, {
    operation: "quantity.parse",
    context: { value, want }
  });
}

// packages/protocol/src/manifest-rules.ts
function checkManifestRules(manifest) {
  return {
    issues: [
      ...quantityIssues(manifest),
      ...memoryIssues(manifest),
      ...probeIssues(manifest),
      ...scalingIssues(manifest),
      ...duplicateIssues(manifest),
      ...authorityIssues(manifest)
    ],
    warnings: [
      ...desireWarnings(manifest),
      ...ethicsWarnings(manifest),
      ...authorityWarnings(manifest),
      ...envWarnings(manifest)
    ]
  };
}
function quantityIssues(manifest) {
  const { cpu, memory, disk } = manifest.runtime?.resources ?? {};
  return [
    ...quantityIssue("runtime.resources.cpu", cpu, parseCpu),
    ...quantityIssue("runtime.resources.memory", memory, parseBytes),
    ...quantityIssue("runtime.resources.disk", disk, parseBytes)
  ];
}
function quantityIssue(field, quantity2, parse) {
  if (quantity2 === void 0) return [];
  try {
    parse(quantity2);
    return [];
  } catch (thrown) {
    if (!isMoorageError(thrown)) throw thrown;
    const want = String(thrown.context.want);
    return [{ field, message: `${field} is "${quantity2}", but must be ${want}`, fix: `use ${want}` }];
  }
}
function memoryIssues({ runtime }) {
  if (runtime?.memory_mb === void 0 || runtime.resources?.memory === void 0) return [];
  const message = `runtime.memory_mb is ${runtime.memory_mb}, but runtime.resources.memory is "${runtime.resources.memory}" beside it: they are the same limit`;
  return [{ field: "runtime.memory_mb", message, fix: "remove one of the two" }];
}
var defaultIntervalMs = 1e4;
function probeIssues({ runtime }) {
  const { timeout_ms: timeout, interval_ms: interval = defaultIntervalMs } = runtime?.probes ?? {};
  if (timeout === void 0 || timeout < interval) return [];
  const message = `runtime.probes.timeout_ms is ${timeout}, but must be below runtime.probes.interval_ms, which is ${interval}`;
  return [{ field: "runtime.probes.timeout_ms", message, fix: `use less than ${interval}, or a longer interval_ms` }];
}
function scalingIssues({ runtime }) {
  const { min, max, targets = [] } = runtime?.scaling ?? {};
  const issues = [];
  if (min !== void 0 && max !== void 0 && min > max) {
    const message = `runtime.scaling.min is ${min}, but must be at most runtime.scaling.max, which is ${max}`;
    issues.push({ field: "runtime.scaling.min", message, fix: `use at most ${max}, or a higher max` });
  }
  for (const [index, { metric, value }] of targets.entries()) {
    if (metric !== "load" || value <= 1) continue;
    const field = `runtime.scaling.targets[${index}].value`;
    issues.push({
      field,
      message: `${field} is ${value}, but must be at most 1 for the metric "load"`,
      fix: "use a number from 0 to 1"
    });
  }
  return issues;
}
function duplicateIssues({ runtime }) {
  const volumes = runtime?.state?.volumes ?? [];
  return [
    ...duplicates(
      "runtime.env",
      "name",
      (runtime?.env ?? []).map((variable) => variable.name)
    ),
    ...duplicates(
      "runtime.scaling.targets",
      "metric",
      (runtime?.scaling?.targets ?? []).map((target) => target.metric)
    ),
    ...duplicates(
      "runtime.state.volumes",
      "name",
      volumes.map((volume) => volume.name)
    ),
    ...duplicates(
      "runtime.state.volumes",
      "path",
      volumes.map((volume) => volume.path)
    )
  ];
}
function duplicates(list, key, values) {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (first === index) return [];
    const field = `${list}[${index}].${key}`;
    return [
      { field, message: `${field} is "${value}", but ${list}[${first}] has it already`, fix: "remove one of the two" }
    ];
  });
}
function authorityIssues({ authority }) {
  const { instruction, oversight } = authority ?? {};
  if (!oversight) return [];
  const issues = [];
  if (oversight.independent !== true) {
    const field = "authority.oversight.independent";
    const message = `${field} is ${oversight.independent ?? "missing"}, but must be true: nobody oversees on behalf of the instructor`;
    issues.push({ field, message, fix: "name an independent overseer and set it to true" });
  }
  if (instruction && instruction.type === oversight.type && instruction.id === oversight.id) {
    const message = `authority.oversight is the ${oversight.type} "${oversight.id}", but that is also authority.instruction: the instructor cannot oversee`;
    issues.push({ field: "authority.oversight", message, fix: "name another overseer than the instructor" });
  }
  return issues;
}
function authorityWarnings({ authority }) {
  if (!authority?.instruction || authority.oversight) return [];
  return ["authority.oversight is missing: nobody oversees the agent; add an independent overseer"];
}
function desireWarnings({ desires }) {
  if (!desires) return [];
  const sum2 = desires.profile.reduce((total, { weight }) => total + weight, 0);
  if (Math.abs(sum2 - 1) <= 1e-6) return [];
  return [`desires.profile has weights that sum to ${Number(sum2.toFixed(6))}, but they should sum to 1`];
}
function ethicsWarnings({ ethics }) {
  const known = enforcedConstraints.map(({ id }) => id);
  return (ethics?.hard_constraints ?? []).flatMap(
    (constraint, index) => known.includes(constraint) ? [] : [
      `ethics.hard_constraints[${index}] is "${constraint}", which nothing enforces: it is a promise only. Enforced are ${known.join(", ")}`
    ]
  );
}
function envWarnings({ runtime }) {
  return (runtime?.env ?? []).flatMap(
    ({ name }, index) => name === "PORT" || name.startsWith("MOORAGE_") ? [`runtime.env[${index}].name is "${name}", which the host sets itself: the manifest's value may be replaced`] : []
  );
}

// packages/protocol/src/unknown-keys.ts
function splitUnknownKeys(schema, data) {
  const found = { extensions: [], unknown: [] };
  const known = split(schema, data, [], found);
  return { known, ...found };
}
function restoreExtensions(target, extensions) {
  for (const { path, value } of extensions) {
    const parent = path.slice(0, -1).reduce((inner, key) => inner[key], target);
    parent[path.at(-1) ?? ""] = value;
  }
}
function split(schema, data, path, found) {
  const def = schema._zod.def;
  switch (def.type) {
    case "optional":
      return split(def.innerType, data, path, found);
    case "array":
      return Array.isArray(data) ? data.map((item, index) => split(def.element, item, [...path, index], found)) : data;
    case "union": {
      const wanted = Array.isArray(data) ? "array" : "object";
      const option = def.options.find((each) => each._zod.def.type === wanted);
      return option ? split(option, data, path, found) : data;
    }
    case "object":
      return isObject(data) ? splitObject(def, data, path, found) : data;
    default:
      return data;
  }
}
function splitObject(def, data, path, found) {
  const result = {};
  const strict = def.catchall?._zod.def.type === "never";
  for (const [key, value] of Object.entries(data)) {
    const inner = [...path, key];
    const schema = Object.hasOwn(def.shape, key) ? def.shape[key] : void 0;
    if (schema) result[key] = split(schema, value, inner, found);
    else if (key.startsWith("x-") || key === "$schema" && path.length === 0)
      found.extensions.push({ path: inner, value });
    else found.unknown.push({ path: inner, strict, meant: nearest(key, Object.keys(def.shape)) });
  }
  return result;
}
function isObject(data) {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}
function nearest(key, known) {
  const plain = (text2) => text2.toLowerCase().replaceAll(/[_\-\s]/g, "");
  const wanted = plain(key);
  if (wanted.length > 64) return void 0;
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.min(2, wanted.length - 2) ? best.candidate : void 0;
}
function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next2 = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next2.push(Math.min(swap, (row[j] ?? 0) + 1, (next2[j - 1] ?? 0) + 1));
    }
    row = next2;
  }
  return row[b.length] ?? 0;
}

// packages/protocol/src/parse-manifest.ts
var maxIssues = 100;
function parseManifest(input) {
  const plain = toPlainJson(input, "manifest");
  if (plain.issue) throw refusal([plain.issue]);
  const { known, extensions, unknown } = splitUnknownKeys(manifestSchema, plain.value);
  const refused2 = unknown.filter((key) => key.strict).map(unknownKeyIssue);
  const parsed = manifestSchema.safeParse(known);
  if (!parsed.success) {
    throw refusal([...describeIssues(parsed.error.issues, known, "manifest", manifestHints), ...refused2]);
  }
  const { issues, warnings } = checkManifestRules(parsed.data);
  if (refused2.length + issues.length > 0) throw refusal([...refused2, ...issues]);
  restoreExtensions(parsed.data, extensions);
  const ignored = unknown.slice(0, maxIssues).map(unknownKeyWarning);
  return { manifest: parsed.data, warnings: [...ignored, ...warnings] };
}
function unknownKeyIssue({ path, meant }) {
  const field = fieldPath(path);
  const fix = meant ? `did you mean "${meant}"?` : 'remove it, or let its name start with "x-"';
  return { field, message: `${field} is no known field`, fix };
}
function unknownKeyWarning({ path, meant }) {
  const hint = meant ? `did you mean "${meant}"?` : 'keys of your own start with "x-"';
  return `${fieldPath(path)} is no known field and is left out: ${hint}`;
}
function refusal(issues) {
  const [first] = issues;
  const rest = issues.length - 1;
  const more = rest > 0 ? ` (and ${rest} more ${rest === 1 ? "problem" : "problems"})` : "";
  const message = `Cannot accept the manifest: ${first?.message}. Way out: ${first?.fix}${more}`;
  return new MoorageError("invalid_argument", message, {
    operation: "manifest.parse",
    context: { field: first?.field, issues: issues.slice(0, maxIssues) }
  });
}

// packages/core/src/engine/call-counts.ts
function createCallCounts() {
  const counts = {};
  return {
    note(operation2, error) {
      const key = `engine_calls_total{operation="${operation2}",outcome="${error?.code ?? "ok"}"}`;
      counts[key] = (counts[key] ?? 0) + 1;
    },
    all: () => ({ ...counts })
  };
}

// packages/core/src/decide/next-health.ts
var meanWeight = 0.3;
var successesAfterUnhealthy = 2;
function initialHealth(nowMs, known = "unknown") {
  return {
    status: known,
    startedAtMs: nowMs,
    everPassed: known === "healthy" || known === "degraded" || known === "unhealthy",
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    meanMs: void 0,
    load: void 0,
    lastError: void 0,
    changedAtMs: nowMs
  };
}
function nextHealth(state, result, policy, nowMs) {
  if (result.kind === "inconclusive") return state;
  return result.kind === "pass" ? afterPass(state, result, policy, nowMs) : afterFail(state, result, policy, nowMs);
}
function afterPass(state, result, policy, nowMs) {
  const successes = state.consecutiveSuccesses + 1;
  const meanMs = state.meanMs === void 0 ? result.responseTimeMs : state.meanMs + meanWeight * (result.responseTimeMs - state.meanMs);
  const slow = policy.degradedLatencyMs !== void 0 && meanMs > policy.degradedLatencyMs;
  const busy = policy.degradedLoad !== void 0 && result.load !== void 0 && result.load > policy.degradedLoad;
  const serving = slow || busy || result.warn ? "degraded" : "healthy";
  const status = successes >= successesNeeded(state.status, policy) ? serving : waiting(state.status);
  return {
    status,
    startedAtMs: state.startedAtMs,
    everPassed: true,
    consecutiveFailures: 0,
    consecutiveSuccesses: successes,
    meanMs,
    load: result.load,
    lastError: void 0,
    changedAtMs: status === state.status ? state.changedAtMs : nowMs
  };
}
function afterFail(state, result, policy, nowMs) {
  const inGrace = !state.everPassed && nowMs - state.startedAtMs < policy.startPeriodMs;
  const failures = inGrace ? 0 : state.consecutiveFailures + 1;
  const status = failures >= policy.failureThreshold ? "unhealthy" : afterFewFailures(state.status);
  return {
    status,
    startedAtMs: state.startedAtMs,
    everPassed: state.everPassed,
    consecutiveFailures: failures,
    consecutiveSuccesses: 0,
    meanMs: state.meanMs,
    load: state.load,
    lastError: result.message,
    changedAtMs: status === state.status ? state.changedAtMs : nowMs
  };
}
function successesNeeded(status, policy) {
  if (status === "healthy" || status === "degraded") return 1;
  return status === "unhealthy" ? Math.max(successesAfterUnhealthy, policy.successThreshold) : policy.successThreshold;
}
function waiting(status) {
  return status === "unhealthy" ? "unhealthy" : "starting";
}
function afterFewFailures(status) {
  if (status === "unhealthy") return "unhealthy";
  return status === "healthy" || status === "degraded" ? "degraded" : "starting";
}

// packages/core/src/engine/timer-wheel.ts
var detached = -1;
var dueNow = -2;
var tickMs = 5;
var slotCount = 2048;
function timerWheel(options) {
  const { clock } = options;
  const slots = wheelSlots();
  let lastTick = 0;
  let armedTick = Number.POSITIVE_INFINITY;
  let cancelTimer;
  let closed = false;
  function arm(tick) {
    cancelTimer?.();
    armedTick = tick;
    const dueMs = tick * tickMs;
    cancelTimer = clock.setTimer(Math.max(0, Math.ceil(dueMs - clock.monotonic())), () => wake(dueMs));
  }
  function wake(plannedMs) {
    const nowMs = clock.monotonic();
    options.onWake?.(Math.max(0, nowMs - plannedMs));
    const nowTick = Math.floor(nowMs / tickMs);
    const due = slots.takeDue(lastTick, nowTick, nowMs);
    lastTick = Math.max(lastTick, nowTick);
    armedTick = Number.POSITIVE_INFINITY;
    const next2 = slots.firstTickAfter(lastTick);
    if (next2 !== void 0 && !closed) arm(next2);
    for (const entry of due) {
      if (entry.slot !== dueNow) continue;
      entry.slot = detached;
      options.onDue(entry);
    }
  }
  return {
    schedule(entry, dueMs) {
      slots.detach(entry);
      if (closed) return;
      if (slots.isEmpty()) lastTick = Math.floor(clock.monotonic() / tickMs);
      entry.dueMs = dueMs;
      const tick = Math.max(Math.ceil(dueMs / tickMs), lastTick + 1);
      slots.attach(entry, tick);
      if (tick < armedTick) arm(tick);
    },
    cancel: (entry) => slots.detach(entry),
    overdueMs: () => Math.max(0, clock.monotonic() - armedTick * tickMs),
    close() {
      closed = true;
      cancelTimer?.();
    }
  };
}
function wheelSlots() {
  const heads = new Array(slotCount).fill(void 0);
  let size = 0;
  function detach(entry) {
    if (entry.slot >= 0) {
      size -= 1;
      if (entry.previous) entry.previous.next = entry.next;
      else heads[entry.slot] = entry.next;
      if (entry.next) entry.next.previous = entry.previous;
    }
    entry.slot = detached;
    entry.previous = void 0;
    entry.next = void 0;
  }
  function takeDue(lastTick, nowTick, nowMs) {
    const due = [];
    for (let step3 = Math.min(nowTick - lastTick, slotCount); step3 > 0; step3 -= 1) {
      let entry = heads[(nowTick - step3 + 1) % slotCount];
      while (entry) {
        const { next: next2 } = entry;
        if (entry.dueMs <= nowMs) {
          detach(entry);
          entry.slot = dueNow;
          due.push(entry);
        }
        entry = next2;
      }
    }
    return due;
  }
  return {
    detach,
    takeDue,
    isEmpty: () => size === 0,
    attach(entry, tick) {
      const slot = tick % slotCount;
      const head = heads[slot];
      entry.slot = slot;
      entry.next = head;
      if (head) head.previous = entry;
      heads[slot] = entry;
      size += 1;
    },
    /** The next tick whose slot is not empty, within one turn of the wheel. */
    firstTickAfter(lastTick) {
      if (size === 0) return void 0;
      let tick = lastTick + 1;
      while (heads[tick % slotCount] === void 0) tick += 1;
      return tick;
    }
  };
}

// packages/core/src/engine/health-target.ts
function watchedTarget(target, nowMs) {
  return {
    dueMs: 0,
    slot: detached,
    previous: void 0,
    next: void 0,
    instance: target.instance,
    deploymentId: target.deploymentId,
    endpoint: target.endpoint,
    policy: target.policy,
    state: initialHealth(nowMs - (target.startedAgoMs ?? 0), target.known),
    responseTimeMs: void 0,
    watchedAtMs: nowMs,
    lastStartMs: void 0,
    phase01: phaseOf(target.instance)
  };
}
function sameEndpoint(a, b) {
  return a.host === b.host && a.port === b.port;
}
function samePolicy(a, b) {
  const keys = Object.keys({ ...a, ...b });
  return a === b || keys.every((key) => a[key] === b[key]);
}
function phaseOf(instance) {
  let hash = 2166136261;
  for (let index = 0; index < instance.length; index += 1) {
    hash = Math.imul(hash ^ instance.charCodeAt(index), 16777619);
  }
  hash = Math.imul(hash ^ hash >>> 15, 739982445);
  return ((hash ^ hash >>> 13) >>> 0) / 2 ** 32;
}

// packages/core/src/engine/deployment-cache.ts
var droppedMax = 1e4;
function createDeploymentCache() {
  const records = /* @__PURE__ */ new Map();
  const dropped = /* @__PURE__ */ new Set();
  const listeners2 = /* @__PURE__ */ new Map();
  const changed = (id) => {
    for (const listener of [...listeners2.get(id) ?? []]) listener();
  };
  return {
    get: (id) => records.get(id),
    put(record) {
      const { id } = record.desired;
      const known = records.get(id);
      if (dropped.has(id) || known && known.revision > record.revision) return;
      records.set(id, withoutDoubles(record));
      changed(id);
    },
    drop(id) {
      records.delete(id);
      dropped.add(id);
      for (const oldest of dropped) {
        if (dropped.size <= droppedMax) break;
        dropped.delete(oldest);
      }
      changed(id);
    },
    forget(id) {
      records.delete(id);
    },
    isDropped: (id) => dropped.has(id),
    all: () => records.values(),
    size: () => records.size,
    onChange(id, listener) {
      const set = listeners2.get(id) ?? /* @__PURE__ */ new Set();
      set.add(listener);
      listeners2.set(id, set);
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners2.get(id) === set) listeners2.delete(id);
      };
    },
    changed
  };
}
function withoutDoubles(record) {
  const { desired, status } = record;
  const { lastReady } = status;
  if (!lastReady || lastReady.hash !== desired.templateHash || lastReady.template === desired.template) return record;
  const health = samePolicy(lastReady.health, desired.health) ? desired.health : lastReady.health;
  return { ...record, status: { ...status, lastReady: { ...lastReady, template: desired.template, health } } };
}

// packages/core/src/engine/direct-front-door.ts
function directFrontDoor() {
  const backends = /* @__PURE__ */ new Map();
  const url = (id) => {
    const first = backends.get(id)?.[0];
    return first && `http://${first.endpoint.host}:${first.endpoint.port}`;
  };
  return {
    needsPort: false,
    async open(address) {
      return url(address.id) ?? "";
    },
    route(id, next2) {
      backends.set(id, next2);
    },
    url,
    load: () => void 0,
    drain: async () => {
    },
    async release(id) {
      backends.delete(id);
    },
    async close() {
      backends.clear();
    }
  };
}

// packages/core/src/model/shard-count.ts
var shardCount = 64;

// packages/core/src/decide/shard-of.ts
function shardOf(deploymentId) {
  let hash = 2166136261;
  for (let index = 0; index < deploymentId.length; index += 1) {
    const unit = deploymentId.charCodeAt(index);
    hash = Math.imul(hash ^ unit & 255, 16777619);
    if (unit > 255) hash = Math.imul(hash ^ unit >>> 8, 16777619);
  }
  return ((hash ^ hash >>> 16) >>> 0) % shardCount;
}

// packages/core/src/engine/instance-index.ts
var none = [];
function indexInstances(observation) {
  const byDeployment = /* @__PURE__ */ new Map();
  for (const instance of observation.instances) {
    if (instance.kind !== "agent") continue;
    const list = byDeployment.get(instance.deploymentId);
    if (list) list.push(instance);
    else byDeployment.set(instance.deploymentId, [instance]);
  }
  return { engine: observation.engine, byDeployment };
}
function instancesOf(index, id) {
  return index.byDeployment.get(id) ?? none;
}

// packages/core/src/engine/observer.ts
function createObserver(look) {
  let counter = 0;
  let newest2;
  let running;
  const begin = () => {
    counter += 1;
    const stamp = counter;
    const result = look().then((observation) => {
      newest2 = { observation, stamp };
      return newest2;
    }).finally(() => {
      if (running?.stamp === stamp) running = void 0;
    });
    running = { stamp, result };
    return result;
  };
  const after = async (stamp) => {
    if (newest2 && newest2.stamp > stamp) return newest2;
    if (running && running.stamp > stamp) return running.result;
    if (running) {
      await running.result.catch(() => void 0);
      return after(stamp);
    }
    return begin();
  };
  return {
    stamp() {
      counter += 1;
      return counter;
    },
    latest: () => newest2,
    after
  };
}

// packages/core/src/engine/orphans.ts
function createOrphans(context) {
  let unknown = /* @__PURE__ */ new Set();
  return {
    reported: () => [...unknown],
    async sweep(index) {
      const still = /* @__PURE__ */ new Set();
      for (const [id, instances] of index.byDeployment) {
        if (context.cache.get(id) || !context.leases.fenceFor(id)) continue;
        if (await context.store.read(id)) continue;
        const audit = await context.store.audit(id);
        if (audit.at(-1)?.action === "drop") collect(context, id, instances);
        else still.add(id);
      }
      for (const id of still) {
        if (unknown.has(id)) continue;
        context.logger.log("warn", `The engine runs ${id}, which the store never heard of: left alone`, {
          deployment: id
        });
      }
      unknown = still;
    }
  };
}
function collect(context, id, instances) {
  for (const instance of instances) {
    if (instance.state === "removing") continue;
    const flight = context.inFlight.begin(id, instance.name, "remove");
    if (!flight) continue;
    context.logger.log("info", `Collecting ${instance.name}: its deployment is deleted`, { deployment: id });
    context.driver.remove(instance.name, { owner: context.owner, signal: flight.signal, graceMs: 0, purge: true }).catch((thrown) => {
      const { message } = toMoorageError(thrown);
      context.logger.log("warn", `Cannot collect ${instance.name}: ${message}`, { deployment: id });
    }).finally(() => flight.end());
  }
}

// packages/core/src/model/instance-name.ts
function instanceName(deploymentId, templateHash2, ordinal, attempt) {
  return `moor-${deploymentId}-${ordinal}-${templateHash2.slice(0, 8)}-${attempt}`;
}

// packages/core/src/decide/backoff.ts
var firstDelayMs = 1e3;
var longestDelayMs = 3e5;
function restartDelayMs(failures, random01) {
  if (failures <= 1) return 0;
  const delayMs = Math.min(firstDelayMs * 2 ** Math.min(failures - 2, 30), longestDelayMs);
  return Math.round(delayMs * (0.75 + 0.5 * random01));
}

// packages/core/src/decide/same-data.ts
function sameData(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) return sameItems(one, other);
  const [left, right] = [one, other];
  for (const key in left) if (!sameData(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && right[key] !== void 0) return false;
  return true;
}
function sameItems(one, other) {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((item, index) => sameData(item, other[index]));
}

// packages/core/src/decide/plan-draft.ts
var crashLoopFailures = 3;
var failureResetMs = 6e5;
function chooseTarget(input) {
  const { desired, status } = input.record;
  const failed2 = status.failedHash === desired.templateHash && status.observedRestartEpoch === desired.restartEpoch;
  if (failed2 && status.lastReady && status.lastReady.hash !== desired.templateHash) {
    return { ...status.lastReady, rolledBack: true };
  }
  return { hash: desired.templateHash, template: desired.template, health: desired.health, rolledBack: false };
}
function startDraft(input) {
  const { status } = input.record;
  return {
    input,
    target: chooseTarget(input),
    slots: slotsOf(input),
    actions: [],
    events: [],
    incidents: [],
    given: /* @__PURE__ */ new Set(),
    status,
    lookAgainMs: void 0
  };
}
function slotsOf({ record, instances }) {
  const slots = new Map(record.status.slots.map((slot) => [slot.ordinal, slot]));
  for (const { ordinal, attempt } of instances) {
    const slot = slots.get(ordinal) ?? newSlot(ordinal);
    if (slot.attempt < attempt) slots.set(ordinal, { ...slot, attempt });
  }
  return slots;
}
function slotOf(draft, ordinal) {
  return draft.slots.get(ordinal) ?? newSlot(ordinal);
}
function newSlot(ordinal) {
  return { ordinal, attempt: 0, failures: 0, retryAt: void 0, lastEnded: void 0 };
}
function tell(draft, type, message, data = {}) {
  const { id, tenant, agentId } = draft.input.record.desired;
  draft.events.push({ type, deploymentId: id, tenant, agentId, message, data });
}
function lookAgain(draft, inMs) {
  const wait = Math.max(1, Math.ceil(inMs));
  draft.lookAgainMs = draft.lookAgainMs === void 0 ? wait : Math.min(draft.lookAgainMs, wait);
}
function isBusy(draft, name) {
  return draft.input.busy.has(name);
}
function remove(draft, instance, cause, purge = false) {
  draft.given.add(instance.name);
  if (isBusy(draft, instance.name)) return;
  const running = instance.state === "running";
  const graceMs = running ? draft.input.record.desired.template.graceMs : 0;
  draft.actions.push({ kind: "remove", name: instance.name, purge, graceMs, cause });
  tell(draft, "instance-removed", `Removing ${instance.name}: ${cause}`, { instance: instance.name });
}
function countFailure(draft, end) {
  const slot = slotOf(draft, end.ordinal);
  if (slot.lastEnded === end.name) return;
  const failures = slot.failures + 1;
  const delay = restartDelayMs(failures, draft.input.random01);
  const retryAt = delay === 0 ? void 0 : draft.input.now + delay;
  draft.slots.set(end.ordinal, { ...slot, failures, retryAt, lastEnded: end.name });
  draft.incidents.push({ instance: end.name, reason: end.reason, message: end.message, exit: end.exit });
  tell(draft, "instance-ended", end.message, { instance: end.name, reason: end.reason, exit: end.exit });
  tell(draft, "incident-opened", end.message, { instance: end.name, reason: end.reason });
}
function isServing(draft, instance) {
  const health = draft.input.health.get(instance.name);
  return instance.state === "running" && instance.endpoint !== void 0 && (health === "healthy" || health === "degraded") && !draft.given.has(instance.name) && draft.input.busy.get(instance.name) !== "remove" && draft.input.busy.get(instance.name) !== "park";
}
function finishDraft(draft, change, drop2 = false) {
  const { record, instances, now } = draft.input;
  const slots = [...draft.slots.values()].sort((a, b) => a.ordinal - b.ordinal);
  const status = { ...draft.status, ...change, slots, updatedAt: record.status.updatedAt };
  const same = sameData(status, record.status);
  const routable = instances.filter((instance) => isServing(draft, instance)).map((instance) => instance.name);
  return {
    actions: draft.actions,
    status: same ? record.status : { ...status, updatedAt: now },
    events: draft.events,
    incidents: draft.incidents,
    routable: record.desired.parked || record.desired.deletedAt !== void 0 ? [] : routable,
    drop: drop2,
    lookAgainMs: draft.lookAgainMs
  };
}

// packages/core/src/decide/derive-status.ts
function deriveStatus(draft, groups) {
  const { desired, status } = draft.input.record;
  const ready = [...groups.current.values()].filter((instance) => isServing(draft, instance)).length;
  const oldServing = groups.outdated.filter((instance) => isServing(draft, instance)).length;
  const complete = ready >= desired.replicas && groups.outdated.length === 0;
  const change = {
    observedGeneration: desired.generation,
    readyInstances: ready
  };
  if (complete) {
    if (draft.status.rollout) {
      change.rollout = void 0;
      if (status.lastReady && status.lastReady.hash !== draft.target.hash) {
        tell(draft, "rollout-finished", `Version ${draft.target.hash} is ready`, { hash: draft.target.hash });
      }
    }
    if (desired.replicas > 0 && !draft.target.rolledBack) {
      const { hash, template, health } = draft.target;
      if (status.lastReady?.hash !== hash) change.lastReady = { hash, template, health };
    }
    change.stateLost = false;
  }
  const [phase, reason] = phaseOf2(draft, ready, oldServing, complete);
  change.phase = phase;
  change.reason = reason;
  tellPhase(draft, phase, reason);
  return change;
}
function phaseOf2(draft, ready, oldServing, complete) {
  const { desired } = draft.input.record;
  if (complete) {
    if (draft.target.rolledBack) return ["degraded", draft.status.failedReason ?? "Rolled back"];
    return ["ready", desired.replicas === 0 ? "Scaled to 0" : `${ready} of ${desired.replicas} instances are ready`];
  }
  const failing = [...draft.slots.values()].filter((slot) => slot.ordinal < desired.replicas && slot.failures > 0);
  const worst = failing.sort((a, b) => b.failures - a.failures)[0];
  const hopeless = [...draft.input.failedCreates.values()].find((failure2) => !failure2.retryable);
  const serving = ready + oldServing;
  if (hopeless) return [serving > 0 ? "degraded" : "failed", `Cannot start an instance: ${hopeless.message}`];
  const keptFailure = keepFailure(draft);
  if (keptFailure) return [serving > 0 ? "degraded" : "failed", keptFailure];
  if (worst && worst.failures >= crashLoopFailures) {
    const last = draft.incidents.at(-1)?.message ?? lastCrashWords(draft);
    const words2 = `Crash loop: ${worst.failures} attempts ended in a row${last ? `; the last: ${last}` : ""}`;
    return [serving > 0 ? "degraded" : "failed", words2];
  }
  if (draft.status.rollout && draft.status.lastReady) {
    return ["progressing", `Rolling out version ${draft.target.hash}: ${ready} of ${desired.replicas} are ready`];
  }
  if (draft.status.lastReady) {
    const words2 = `${ready} of ${desired.replicas} instances are ready`;
    return [serving > 0 ? "degraded" : "progressing", words2];
  }
  return ["pending", `${ready} of ${desired.replicas} instances are ready`];
}
function lastCrashWords(draft) {
  const marker2 = "; the last: ";
  const { reason } = draft.input.record.status;
  const at = reason.indexOf(marker2);
  return at < 0 ? void 0 : reason.slice(at + marker2.length);
}
function keepFailure(draft) {
  const { status, desired } = draft.input.record;
  if (!status.reason.startsWith("Cannot start an instance: ")) return void 0;
  const sameWish = status.observedGeneration === desired.generation;
  const anyRunning = draft.input.instances.some((instance) => instance.state === "running");
  return sameWish && !anyRunning && draft.incidents.length === 0 ? status.reason : void 0;
}
var phaseEvents = {
  ready: "deployment-ready",
  degraded: "deployment-degraded",
  failed: "deployment-failed",
  progressing: "deployment-progressing"
};
function tellPhase(draft, phase, reason) {
  const type = phaseEvents[phase];
  if (type === void 0 || draft.input.record.status.phase === phase) return;
  tell(draft, type, reason, { phase, before: draft.input.record.status.phase });
}

// packages/core/src/decide/settle-ends.ts
function settleEnds(draft) {
  settleFailedCreates(draft);
  for (const instance of draft.input.instances) {
    if (draft.given.has(instance.name) || draft.input.busy.get(instance.name) === "remove") continue;
    if (instance.state === "exited") settleExit(draft, instance);
    else if (instance.state === "running" && draft.input.health.get(instance.name) === "unhealthy") {
      settleUnhealthy(draft, instance);
    } else if (instance.state === "removing" && draft.input.seen.has(instance.name)) {
      settleTaken(draft, instance.name);
    }
  }
  settleVanished(draft);
}
function settleFailedCreates(draft) {
  for (const [name, failure2] of draft.input.failedCreates) {
    const ordinal = ordinalOf(draft, name);
    if (ordinal === void 0) continue;
    countFailure(draft, {
      name,
      ordinal,
      reason: "start-failed",
      message: `${name} could not be started: ${failure2.message}`,
      exit: void 0
    });
    const half = draft.input.instances.find((instance) => instance.name === name);
    if (half && half.state !== "running") remove(draft, half, "it could not be started");
  }
}
function settleExit(draft, instance) {
  const reason = reasonOf(instance.exit);
  countFailure(draft, {
    name: instance.name,
    ordinal: instance.ordinal,
    reason,
    message: `${instance.name} ended: ${describeExit(instance.exit)}`,
    exit: instance.exit
  });
  remove(draft, instance, `it ended (${describeExit(instance.exit)})`);
}
function settleUnhealthy(draft, instance) {
  const found = draft.input.lastErrors?.get(instance.name);
  countFailure(draft, {
    name: instance.name,
    ordinal: instance.ordinal,
    reason: "probe-failed",
    message: `${instance.name} failed its health checks${found === void 0 ? "" : `: ${found}`}`,
    exit: void 0
  });
  remove(draft, instance, "it is unhealthy");
}
function settleVanished(draft) {
  const listed = new Set(draft.input.instances.map((instance) => instance.name));
  for (const name of draft.input.seen) {
    if (!listed.has(name) && !draft.input.busy.has(name)) settleTaken(draft, name);
  }
}
function settleTaken(draft, name) {
  const ordinal = ordinalOf(draft, name);
  if (ordinal === void 0) return;
  const message = `${name} was removed from outside`;
  countFailure(draft, { name, ordinal, reason: "operator", message, exit: void 0 });
}
function ordinalOf(draft, name) {
  const { id } = draft.input.record.desired;
  for (const slot of draft.slots.values()) {
    if (instanceName(id, draft.target.hash, slot.ordinal, slot.attempt) === name) return slot.ordinal;
  }
  return void 0;
}
function reasonOf(exit) {
  if (exit?.oom) return "oom";
  if (exit?.signal !== void 0) return "signal";
  return "exit-code";
}
function describeExit(exit) {
  if (!exit) return "the engine does not say why";
  const parts = [];
  if (exit.oom) parts.push("out of memory");
  if (exit.signal !== void 0) parts.push(`signal ${exit.signal}`);
  if (exit.code !== void 0) parts.push(`exit code ${exit.code}`);
  if (exit.message) parts.push(exit.message);
  return parts.length > 0 ? parts.join(", ") : "the engine does not say why";
}

// packages/core/src/decide/plan-active.ts
function planActive(input) {
  const draft = startDraft(input);
  beginRollout(draft);
  settleEnds(draft);
  if (rollBack(draft)) {
    lookAgain(draft, 1);
    return finishDraft(draft, {});
  }
  const groups = groupInstances(draft);
  unparkKept(draft, groups);
  fillSlots(draft, groups);
  trimInstances(draft, groups);
  forgetOldFailures(draft, groups);
  tellHealth(draft);
  return finishDraft(draft, deriveStatus(draft, groups));
}
function beginRollout(draft) {
  const { desired, status } = draft.input.record;
  const { hash, rolledBack } = draft.target;
  const restarted = status.observedRestartEpoch !== desired.restartEpoch;
  if (status.failedHash !== void 0 && status.failedHash !== desired.templateHash) {
    draft.status = { ...draft.status, failedHash: void 0, failedReason: void 0 };
  }
  const isNew = !rolledBack && hash !== status.lastReady?.hash && hash !== status.rollout?.hash;
  const startedAt = draft.status.rollout?.startedAt ?? 0;
  if (draft.status.rollout && startedAt > draft.input.now) {
    draft.status = { ...draft.status, rollout: { ...draft.status.rollout, startedAt: draft.input.now } };
  }
  if (!restarted && !isNew) return;
  for (const slot of draft.slots.values()) {
    draft.slots.set(slot.ordinal, { ...slot, failures: 0, retryAt: void 0 });
  }
  draft.status = {
    ...draft.status,
    observedRestartEpoch: desired.restartEpoch,
    failedHash: void 0,
    failedReason: void 0,
    rollout: { hash, startedAt: draft.input.now }
  };
  if (isNew && status.lastReady) tell(draft, "rollout-started", `Rolling out version ${hash}`, { hash });
}
function rollBack(draft) {
  const { desired } = draft.input.record;
  const { rollout, lastReady } = draft.status;
  if (!rollout || !lastReady || draft.target.rolledBack || lastReady.hash === draft.target.hash) return false;
  const serving = draft.input.instances.filter(
    (instance) => instance.templateHash === draft.target.hash && isServing(draft, instance)
  ).length;
  const late = serving < desired.replicas && draft.input.now - rollout.startedAt >= desired.rolloutDeadlineMs;
  const failures = Math.max(0, ...[...draft.slots.values()].map((slot) => slot.failures));
  if (!late && failures < crashLoopFailures) {
    lookAgain(draft, rollout.startedAt + desired.rolloutDeadlineMs - draft.input.now);
    return false;
  }
  const why = late ? `it was not ready within ${desired.rolloutDeadlineMs} ms` : `${failures} attempts ended in a row`;
  const last = draft.incidents.at(-1)?.message;
  const reason = `Rolled back to version ${lastReady.hash}: ${why}${last ? ` (${last})` : ""}`;
  draft.status = { ...draft.status, failedHash: rollout.hash, failedReason: reason, rollout: void 0, reason };
  for (const slot of draft.slots.values()) {
    draft.slots.set(slot.ordinal, { ...slot, failures: 0, retryAt: void 0 });
  }
  tell(draft, "rollout-rolled-back", reason, { from: rollout.hash, to: lastReady.hash });
  return true;
}
function groupInstances(draft) {
  const { desired } = draft.input.record;
  const current2 = /* @__PURE__ */ new Map();
  const outdated = [];
  const surplus = [];
  const readyFirst = [...draft.input.instances].sort(
    (a, b) => a.ordinal - b.ordinal || Number(isServing(draft, b)) - Number(isServing(draft, a)) || a.attempt - b.attempt
  );
  for (const instance of readyFirst) {
    if (instance.state === "removing" || instance.state === "exited" || draft.given.has(instance.name)) continue;
    if (draft.input.busy.get(instance.name) === "remove") continue;
    const matches = instance.templateHash === draft.target.hash && instance.restartEpoch === desired.restartEpoch;
    if (!matches) outdated.push(instance);
    else if (instance.ordinal < desired.replicas && !current2.has(instance.ordinal)) {
      current2.set(instance.ordinal, instance);
    } else surplus.push(instance);
  }
  return { current: current2, outdated, surplus };
}
function unparkKept(draft, groups) {
  for (const instance of groups.current.values()) {
    if (instance.state !== "paused" && instance.state !== "stopped") continue;
    if (isBusy(draft, instance.name)) continue;
    draft.actions.push({ kind: "unpark", name: instance.name, cause: "wanted again" });
  }
}
function fillSlots(draft, groups) {
  const { desired } = draft.input.record;
  const { hash, template, health } = draft.target;
  const creating = [...draft.input.busy].filter(([, call]) => call === "create").map(([name]) => name);
  const unlisted = creating.filter((name) => !draft.input.instances.some((instance) => instance.name === name));
  const alive = draft.input.instances.filter((one) => one.state !== "exited" && one.state !== "removing").length;
  const missing = desired.replicas - groups.current.size;
  let room = Math.min(missing, desired.replicas + 1 - alive) - unlisted.length;
  for (let ordinal = 0; ordinal < desired.replicas; ordinal += 1) {
    const there = groups.current.get(ordinal);
    if (there) {
      finishHalfMade(draft, there);
      continue;
    }
    const slot = slotOf(draft, ordinal);
    const latest = instanceName(desired.id, hash, ordinal, slot.attempt);
    if (draft.input.busy.get(latest) === "create") continue;
    if (room <= 0) continue;
    const waitMs = (slot.retryAt ?? 0) - draft.input.now;
    if (waitMs > 0 && waitMs <= 1.25 * longestDelayMs) {
      lookAgain(draft, waitMs);
      continue;
    }
    room -= 1;
    const attempt = slot.attempt + 1;
    draft.slots.set(ordinal, { ...slot, attempt, retryAt: void 0 });
    const name = instanceName(desired.id, hash, ordinal, attempt);
    const cause = `${groups.current.size} of ${desired.replicas} there${slot.failures > 0 ? `, ${slot.failures} failed before` : ""}`;
    draft.actions.push({ kind: "create", name, ordinal, attempt, hash, template, health, cause });
    tell(draft, "instance-created", `Creating ${name}: ${cause}`, { instance: name, ordinal, attempt });
  }
}
function finishHalfMade(draft, instance) {
  if (instance.state !== "creating" || isBusy(draft, instance.name)) return;
  const { hash, template, health } = draft.target;
  const { name, ordinal, attempt } = instance;
  draft.actions.push({ kind: "create", name, ordinal, attempt, hash, template, health, cause: "it is half made" });
}
function trimInstances(draft, groups) {
  const { desired } = draft.input.record;
  for (const instance of groups.surplus) remove(draft, instance, `${desired.replicas} wanted`);
  let serving = [...groups.current.values(), ...groups.outdated].filter((one) => isServing(draft, one)).length;
  const idleFirst = [...groups.outdated].sort((a, b) => Number(isServing(draft, a)) - Number(isServing(draft, b)));
  for (const instance of idleFirst) {
    const serves = isServing(draft, instance);
    if (serves && serving <= desired.replicas) continue;
    if (serves) serving -= 1;
    remove(draft, instance, `replaced by version ${draft.target.hash}`);
  }
}
function forgetOldFailures(draft, groups) {
  for (const [ordinal, instance] of groups.current) {
    const slot = slotOf(draft, ordinal);
    if (slot.failures === 0 || !isServing(draft, instance) || instance.startedAt === void 0) continue;
    const age = draft.input.now - instance.startedAt;
    if (age >= failureResetMs) draft.slots.set(ordinal, { ...slot, failures: 0 });
    else lookAgain(draft, failureResetMs - age);
  }
}
function tellHealth(draft) {
  for (const instance of draft.input.instances) {
    const now = draft.input.health.get(instance.name);
    const before = draft.input.told.get(instance.name);
    if (now === void 0 || now === before || now === "unknown" || now === "starting") continue;
    const name = instance.name;
    tell(draft, "health-changed", `${name} is ${now}`, { instance: name, from: before ?? "unknown", to: now });
    if (now === "healthy" && before !== "degraded")
      tell(draft, "instance-ready", `${name} is ready`, { instance: name });
    if (now === "unhealthy") tell(draft, "instance-unhealthy", `${name} is unhealthy`, { instance: name });
  }
}

// packages/core/src/decide/plan-deployment.ts
function planDeployment(input) {
  if (input.record.desired.deletedAt !== void 0) return planDeletion(input);
  if (input.record.desired.parked !== false) return planParked(input);
  return planActive(input);
}
function planDeletion(input) {
  const draft = startDraft(input);
  for (const instance of input.instances) {
    if (instance.state !== "removing") remove(draft, instance, "the deployment is being deleted", true);
  }
  const gone = input.instances.length === 0 && input.busy.size === 0;
  if (gone) tell(draft, "deployment-deleted", "Nothing of it is left on the engine");
  const { generation } = input.record.desired;
  const reason = gone ? "Deleted" : `Being deleted: ${input.instances.length} instances are left`;
  return finishDraft(
    draft,
    { phase: "deleting", reason, observedGeneration: generation, readyInstances: 0, rollout: void 0 },
    gone
  );
}
function planParked(input) {
  const draft = startDraft(input);
  const { desired } = input.record;
  const depth = desired.parked === false ? "stop" : desired.parked;
  let lost = draft.status.stateLost;
  const kept = /* @__PURE__ */ new Set();
  const newestFirst2 = [...input.instances].sort((a, b) => a.ordinal - b.ordinal || b.attempt - a.attempt);
  for (const instance of newestFirst2) {
    if (instance.state === "removing") continue;
    const wanted = instance.templateHash === draft.target.hash && instance.ordinal < desired.replicas && !kept.has(instance.ordinal);
    if (wanted && (instance.state === "paused" || instance.state === "stopped")) {
      kept.add(instance.ordinal);
    } else if (wanted && instance.state === "running" && input.canPark) {
      kept.add(instance.ordinal);
      if (!isBusy(draft, instance.name)) {
        draft.actions.push({ kind: "park", name: instance.name, depth, cause: `parked (${depth})` });
      }
    } else {
      if (wanted && instance.state === "exited") lost = true;
      remove(draft, instance, "not needed while parked");
    }
  }
  if (draft.status.phase !== "parked") tell(draft, "deployment-parked", `Parked (${depth})`, { depth });
  const reason = `Parked (${depth}): ${kept.size} of ${desired.replicas} instances kept`;
  return finishDraft(draft, {
    phase: "parked",
    reason,
    observedGeneration: desired.generation,
    readyInstances: 0,
    rollout: void 0,
    stateLost: lost
  });
}

// packages/core/src/model/format-plan.ts
function formatPlan(plan2) {
  const lines = plan2.actions.map(formatAction);
  if (plan2.drop) lines.push("drop");
  return lines.join("\n");
}
function formatAction(action) {
  const how = action.kind === "park" ? ` (${action.depth})` : action.kind === "remove" && action.purge ? " (purge)" : "";
  return `${action.kind} ${action.name}${how}: ${action.cause}`;
}

// packages/core/src/engine/seal-secrets.ts
function sealSecrets(manifest, id, before, secrets) {
  const sealed = /* @__PURE__ */ new Map();
  for (const variable of manifest.runtime?.env ?? []) {
    if (!variable.secret) continue;
    if (!secrets) {
      throw new MoorageError(
        "unsupported",
        `Cannot keep the secret "${variable.name}": the host was made without secrets; give createHost({ secrets }) a key that outlives it`,
        { operation: "host.deploy", context: { field: "runtime.env" } }
      );
    }
    const old = before?.env.find((entry) => entry.name === variable.name);
    const oldSecret = old && "secret" in old ? old.secret : void 0;
    if (oldSecret && secrets.open(oldSecret.sealed, id) === variable.value) sealed.set(variable.name, oldSecret);
    else {
      sealed.set(variable.name, {
        version: (oldSecret?.version ?? 0) + 1,
        sealed: secrets.seal(variable.value, id)
      });
    }
  }
  return sealed;
}
function openSecrets(template, id, secrets) {
  const opened = {};
  for (const entry of template.env) {
    if (!("secret" in entry)) continue;
    if (!secrets)
      throw new MoorageError("permission_denied", `Cannot open the secret "${entry.name}": the host has no key`);
    opened[entry.name] = secrets.open(entry.secret.sealed, id);
  }
  return opened;
}
function withoutSecrets(manifest) {
  const env = manifest.runtime?.env;
  if (!env?.some((variable) => variable.secret)) return manifest;
  const blank = env.map((variable) => variable.secret ? { ...variable, value: "" } : variable);
  return { ...manifest, runtime: { ...manifest.runtime, env: blank } };
}

// packages/core/src/engine/apply-plan.ts
var drainMs = 1e4;
function startActions(context, record, plan2, hooks) {
  for (const action of plan2.actions) {
    const { id } = record.desired;
    const flight = context.inFlight.begin(id, action.name, action.kind);
    if (!flight) continue;
    void carryOut(context, record, action, flight.signal).then(() => {
      const local = context.local.of(id);
      local.failedCalls = 0;
      if (action.kind === "remove") local.purged = action.purge;
    }).catch((thrown) => noteFailure(context, record, action, thrown)).finally(() => {
      if (action.kind === "create") context.local.of(id).purged = false;
      flight.end();
      hooks.onEnd();
    });
  }
}
async function carryOut(context, record, action, signal) {
  const { id } = record.desired;
  const { driver, owner } = context;
  await context.crash(`before-${action.kind}`, id);
  if (!context.leases.fenceFor(id)) return;
  if (action.kind === "create") {
    await driver.create(specOf(context, record, action), {
      signal,
      onProgress: (message) => context.logger.log("info", message, { deployment: id, instance: action.name })
    });
  } else if (action.kind === "remove") {
    if (action.graceMs > 0) await context.frontDoor.drain(action.name, Math.min(drainMs, action.graceMs));
    await driver.remove(action.name, { owner, signal, graceMs: action.graceMs, purge: action.purge });
  } else if (action.kind === "park") {
    await driver.park?.(action.name, action.depth, { owner, signal });
  } else {
    await driver.unpark?.(action.name, { owner, signal });
  }
  await context.crash(`after-${action.kind}`, id);
  context.logger.log("info", `${action.kind} ${action.name}: ${action.cause}`, { deployment: id });
}
function specOf(context, record, action) {
  const { id, tenant, agentId, restartEpoch } = record.desired;
  const { template } = action;
  const env = {
    MOORAGE_AGENT_ID: agentId,
    MOORAGE_CUSTOMER_ID: tenant,
    MOORAGE_INSTANCE_ID: action.name
  };
  for (const entry of template.env) if ("value" in entry) env[entry.name] = entry.value;
  return {
    kind: "agent",
    name: action.name,
    owner: context.owner,
    tenant,
    deploymentId: id,
    agentId,
    ordinal: action.ordinal,
    attempt: action.attempt,
    templateHash: action.hash,
    restartEpoch,
    source: template.source,
    command: template.command,
    env,
    secretEnv: openSecrets(template, id, context.secrets),
    port: template.port,
    resources: template.resources,
    user: template.user,
    readOnlyRoot: template.readOnlyRoot,
    isolated: template.isolated,
    egress: template.egress,
    volumes: template.volumes,
    graceMs: template.graceMs
  };
}
function noteFailure(context, record, action, thrown) {
  const { id } = record.desired;
  const error = toMoorageError(thrown, `${context.driver.name}.${action.kind}`);
  if (error.code === "cancelled") return;
  const local = context.local.of(id);
  local.purged = false;
  context.logger.log("warn", `${action.kind} ${action.name} failed: ${error.message}`, {
    deployment: id,
    code: error.code
  });
  const engineIsAway = error.code === "unavailable" || error.code === "timeout";
  if (action.kind === "create" && !engineIsAway) {
    const curable = isMoorageError(error) && (error.retryable || error.code === "resource_exhausted");
    const failure2 = { message: error.message, retryable: curable };
    local.failedCreates = new Map(local.failedCreates).set(action.name, failure2);
    return;
  }
  local.failedCalls += 1;
  local.problem = `${error.operation ?? context.driver.name}: ${error.message}`;
  const delayMs = Math.min(500 * 2 ** Math.min(local.failedCalls - 1, 10), 1e4);
  local.holdUntil = context.steadyNow() + delayMs * (0.75 + 0.5 * context.random.next());
}

// packages/core/src/model/limits.ts
var maxInstancesPerDeployment = 1e3;
var maxNameLength = 255;
var defaultPageSize = 100;
var maxPageSize = 1e3;
var maxLogTail = 1e4;
var incidentLogLines = 50;
var incidentUsageSamples = 60;
var maxUsageEventsPerCall = 1e3;
var maxConcurrentProbes = 256;
var maxHealthBodyBytes = 4096;
var defaultEngineConcurrency = 8;
var defaultReadyTimeoutMs = 3e5;

// packages/core/src/engine/commit-plan.ts
var logsTimeoutMs = 2e3;
async function commitPlan(context, turn) {
  const { record, fence, plan: plan2 } = turn;
  const changed = plan2.status !== record.status;
  const incidents = await collectIncidents(context, record, plan2, turn.instances);
  if (!changed && !plan2.drop && plan2.events.length === 0 && plan2.actions.length === 0) return record;
  const result = await context.store.commit({
    deploymentId: record.desired.id,
    expectedRevision: record.revision,
    fence,
    ...changed && !plan2.drop ? { status: plan2.status } : {},
    events: plan2.events,
    audit: auditOf(record, plan2),
    incidents,
    ...plan2.drop ? { drop: true } : {}
  });
  if (result.record) context.cache.put(result.record);
  context.feed.wake(result.events.at(-1)?.cursor);
  return plan2.drop ? void 0 : result.record ?? record;
}
function auditOf(record, plan2) {
  const entries = plan2.actions.map((action) => ({
    actor: "host",
    action: `${action.kind}-instance`,
    cause: action.cause,
    details: { instance: action.name }
  }));
  const { phase, reason } = plan2.status;
  if (phase !== record.status.phase) {
    entries.push({ actor: "host", action: "phase", cause: reason, details: { from: record.status.phase, to: phase } });
  }
  if (plan2.drop) entries.push({ actor: "host", action: "drop", cause: "nothing of it is left", details: {} });
  return entries;
}
async function collectIncidents(context, record, plan2, instances) {
  const { id, tenant } = record.desired;
  return Promise.all(
    plan2.incidents.map(async (incident) => ({
      id: `i-${context.random.id(16)}`,
      deploymentId: id,
      tenant,
      instance: incident.instance,
      reason: incident.reason,
      message: incident.message,
      exit: incident.exit,
      logs: instances.some((one) => one.name === incident.instance) ? await lastLines(context, incident.instance) : [],
      samples: context.samplesOf(incident.instance),
      at: context.clock.now()
    }))
  );
}
async function lastLines(context, instance) {
  const { driver, clock, owner } = context;
  if (!driver.logs) return [];
  const abort = new AbortController();
  const stopTimer = clock.setTimer(logsTimeoutMs, () => abort.abort());
  const lines = [];
  try {
    const call = { owner, signal: abort.signal, follow: false, tail: incidentLogLines, since: void 0 };
    for await (const line of driver.logs(instance, call)) lines.push(line);
  } catch (thrown) {
    context.logger.log("debug", `The last lines of ${instance} could not be read`, { error: String(thrown) });
  } finally {
    stopTimer();
  }
  return lines.slice(-incidentLogLines);
}

// packages/core/src/engine/settle-commit.ts
function settleCommit(context, id, tenant, result) {
  if (result.record) context.cache.put(result.record);
  context.feed.wake(result.events.at(-1)?.cursor);
  context.inFlight.abortCreates(id);
  const local = context.local.peek(id);
  if (local) local.holdUntil = 0;
  context.enqueue(id, tenant);
}
function notFound(id) {
  return new MoorageError("not_found", `There is no deployment "${id}"`, { context: { deploymentId: id } });
}

// packages/core/src/engine/sync-health.ts
function syncHealth(context, record, instances, allReady = true) {
  const { desired, status } = record;
  const local = context.local.of(desired.id);
  const watched = /* @__PURE__ */ new Set();
  for (const instance of instances) {
    if (instance.state !== "running" || !instance.endpoint || desired.deletedAt !== void 0) continue;
    watched.add(instance.name);
    const known = local.adopted || !allReady ? void 0 : knownHealth(record, instance);
    context.monitor.watch({
      instance: instance.name,
      deploymentId: desired.id,
      endpoint: instance.endpoint,
      policy: policyOf(record, instance.templateHash),
      ...known && { known },
      ...instance.startedAt !== void 0 && !local.adopted ? { startedAgoMs: Math.max(0, context.steadyNow() - instance.startedAt) } : {}
    });
    if (known && status.readyInstances > 0) local.told.set(instance.name, known);
  }
  for (const name of local.watched) if (!watched.has(name)) context.monitor.unwatch(name);
  local.watched = watched;
}
function unwatchAll(context, id) {
  const local = context.local.peek(id);
  for (const name of local?.watched ?? []) context.monitor.unwatch(name);
}
function knownHealth(record, instance) {
  const { desired, status } = record;
  const wasReady = status.readyInstances >= desired.replicas && status.lastReady?.hash === instance.templateHash;
  const slot = status.slots.find((one) => one.ordinal === instance.ordinal);
  if (slot !== void 0 && slot.attempt !== instance.attempt) return void 0;
  return wasReady && instance.ordinal < status.readyInstances ? "healthy" : void 0;
}
function policyOf(record, hash) {
  const { desired, status } = record;
  return hash !== desired.templateHash && status.lastReady?.hash === hash ? status.lastReady.health : desired.health;
}

// packages/core/src/engine/deployment-steps.ts
function routeTo(context, record, plan2, instances) {
  const backends = instances.flatMap(
    (instance) => instance.endpoint && plan2.routable.includes(instance.name) ? [{ instance: instance.name, endpoint: instance.endpoint }] : []
  );
  context.frontDoor.route(record.address.id, backends);
}
async function openDoor(context, record, fence) {
  const { address, desired, status } = record;
  if (desired.deletedAt !== void 0 || context.frontDoor.url(address.id) !== void 0) return record;
  context.local.of(desired.id).address = address.id;
  try {
    await context.frontDoor.open(address, desired.tenant);
  } catch (thrown) {
    const isTaken = isMoorageError(thrown) && thrown.code === "already_exists" && address.port !== void 0;
    if (!isTaken || status.observedGeneration > 0) throw thrown;
    return openDoor(context, await movePort(context, record, fence, address.port), fence);
  }
  if (!context.leases.fenceFor(desired.id)) {
    await context.frontDoor.release(address.id);
    throw new MoorageError("conflict", `Another host opens the address of "${desired.id}" now`);
  }
  context.local.of(desired.id).address = address.id;
  context.cache.changed(desired.id);
  return record;
}
async function movePort(context, record, fence, taken) {
  const { desired, revision } = record;
  context.takenPorts.add(taken);
  const cause = `port ${taken} is taken by another program`;
  const result = await context.store.commit({
    deploymentId: desired.id,
    expectedRevision: revision,
    fence,
    desired,
    movePort: { ports: context.ports, avoid: [...context.takenPorts] },
    events: [],
    audit: [{ actor: "host", action: "move-address", cause, details: { from: taken } }]
  });
  context.logger.log("info", `The address of ${desired.id} moves to another port: ${cause}`, {
    deployment: desired.id
  });
  if (!result.record) throw notFound(desired.id);
  context.cache.put(result.record);
  return result.record;
}
async function closeDoor(context, record) {
  await context.crash("before-drop", record.desired.id);
  await context.frontDoor.release(record.address.id);
}
function leaveDeployment(context, id) {
  const { address } = context.local.of(id);
  unwatchAll(context, id);
  context.local.forget(id);
  if (address === void 0) return;
  context.frontDoor.release(address).catch((thrown) => {
    context.logger.log("warn", `The address of ${id} could not be released`, { error: String(thrown) });
  });
}
function forgetDeployment(context, id) {
  leaveDeployment(context, id);
  context.cache.drop(id);
}
function retryLater(context, id, tenant, error) {
  const local = context.local.of(id);
  const problem = `${error.operation ?? "host"}: ${error.message}`;
  if (isMoorageError(error) && (error.code === "conflict" || error.code === "not_found")) {
    context.cache.forget(id);
    local.failedTurns += 1;
    context.enqueueAfter(id, tenant, local.failedTurns > 3 ? 100 : 1);
    return;
  }
  if (error.code === "cancelled") return;
  local.failedTurns += 1;
  if (local.problem !== problem) context.logger.log("warn", `Cannot work on ${id}: ${problem}`, { code: error.code });
  local.problem = problem;
  const delayMs = Math.min(250 * 2 ** Math.min(local.failedTurns - 1, 10), 1e4);
  context.enqueueAfter(id, tenant, delayMs * (0.75 + 0.5 * context.random.next()));
  context.cache.changed(id);
}

// packages/core/src/engine/fresh-look.ts
async function freshLook(context, observer, id) {
  const newestAct = () => Math.max(context.local.of(id).actedStamp, context.gainedStamps.get(shardOf(id)) ?? Number.NEGATIVE_INFINITY);
  for (; ; ) {
    const look = await observer.after(newestAct());
    if (look.stamp > newestAct()) return look;
  }
}

// packages/core/src/engine/local-state.ts
var noFailures = /* @__PURE__ */ new Map();
function createLocalStates() {
  const states = /* @__PURE__ */ new Map();
  return {
    of(id) {
      const found = states.get(id);
      if (found) return found;
      const made = {
        seen: /* @__PURE__ */ new Set(),
        told: /* @__PURE__ */ new Map(),
        failedCreates: noFailures,
        watched: /* @__PURE__ */ new Set(),
        actedStamp: -1,
        holdUntil: 0,
        failedCalls: 0,
        failedTurns: 0,
        purged: false,
        problem: void 0,
        address: void 0,
        adopted: false
      };
      states.set(id, made);
      return made;
    },
    peek: (id) => states.get(id),
    forget: (id) => states.delete(id),
    all: () => states.entries()
  };
}

// packages/core/src/engine/reconciler.ts
function createReconciler(context, observer) {
  return async (id, tenant) => {
    const local = context.local.of(id);
    try {
      await step(context, observer, id);
      local.failedTurns = 0;
      if (local.failedCalls === 0) local.problem = void 0;
    } catch (thrown) {
      retryLater(context, id, tenant, toMoorageError(thrown, "host.reconcile"));
    }
  };
}
async function step(context, observer, id) {
  const fence = context.leases.fenceFor(id);
  if (!fence) return;
  const known = context.cache.get(id) ?? await context.store.read(id);
  if (!known) {
    forgetDeployment(context, id);
    return;
  }
  context.cache.put(known);
  const local = context.local.of(id);
  const holdMs = local.holdUntil - context.steadyNow();
  if (holdMs > 0) {
    context.enqueueAfter(id, known.desired.tenant, holdMs);
    return;
  }
  const record = await openDoor(context, known, fence);
  const look = await freshLook(context, observer, id);
  const instances = instancesOf(look.observation, id);
  syncHealth(context, record, instances);
  const plan2 = makePlan(context, record, instances);
  await context.crash("plan-made", id);
  await carryOut2(context, observer, { record, fence, plan: plan2, instances });
}
function makePlan(context, record, instances) {
  const { id } = record.desired;
  const local = context.local.of(id);
  return planDeployment({
    record,
    instances,
    ...healthOf(context, instances),
    told: local.told,
    busy: context.inFlight.of(id),
    failedCreates: local.failedCreates,
    seen: local.seen,
    canPark: context.parkDepths.length > 0,
    now: context.steadyNow(),
    random01: context.random.next()
  });
}
function healthOf(context, instances) {
  const health = /* @__PURE__ */ new Map();
  const lastErrors = /* @__PURE__ */ new Map();
  for (const { name } of instances) {
    const state = context.monitor.get(name)?.state;
    if (state) health.set(name, state.status);
    if (state?.lastError !== void 0) lastErrors.set(name, state.lastError);
  }
  return { health, lastErrors };
}
async function carryOut2(context, observer, turn) {
  const { record, plan: plan2, instances } = turn;
  const { id, tenant } = record.desired;
  routeTo(context, record, plan2, instances);
  if (plan2.drop) {
    await purgeRest(context, record);
    await closeDoor(context, record);
  }
  const after = await commitPlan(context, turn);
  await context.crash(plan2.drop ? "after-drop" : "plan-committed", id);
  remember(context, turn);
  if (plan2.drop || !after) {
    forgetDeployment(context, id);
    return;
  }
  if (plan2.actions.length > 0) {
    context.logger.log("debug", formatPlan(plan2), { deployment: id });
    startActions(context, after, plan2, { onEnd: () => ended(context, observer, id, tenant) });
  }
  if (plan2.lookAgainMs !== void 0) context.enqueueAfter(id, tenant, plan2.lookAgainMs);
  context.cache.changed(id);
}
async function purgeRest(context, record) {
  const { desired, status } = record;
  const { id, template, templateHash: templateHash2 } = desired;
  const volumes = template.volumes.length + (status.lastReady?.template.volumes.length ?? 0);
  const isClean = context.local.of(id).purged || status.slots.every((slot) => slot.attempt === 0);
  if (volumes === 0 && isClean || !context.leases.fenceFor(id)) return;
  const name = instanceName(id, templateHash2, 0, status.slots[0]?.attempt ?? 0);
  const { signal } = new AbortController();
  await context.driver.remove(name, { owner: context.owner, signal, graceMs: 0, purge: true });
}
function ended(context, observer, id, tenant) {
  context.local.of(id).actedStamp = observer.stamp();
  context.enqueue(id, tenant);
}
function remember(context, turn) {
  const { record, plan: plan2, instances } = turn;
  const local = context.local.of(record.desired.id);
  const leaving2 = new Set(plan2.actions.filter((action) => action.kind === "remove").map((action) => action.name));
  const busy = context.inFlight.of(record.desired.id);
  const seen = new Set(
    instances.filter((one) => one.state !== "removing" && !leaving2.has(one.name) && busy.get(one.name) !== "remove").map((one) => one.name)
  );
  const same = seen.size === local.watched.size && [...seen].every((name) => local.watched.has(name));
  local.seen = same ? local.watched : seen;
  for (const { name } of instances) {
    const health = context.monitor.get(name)?.state.status;
    if (health !== void 0) local.told.set(name, health);
  }
  for (const name of local.told.keys()) {
    if (!instances.some((instance) => instance.name === name)) local.told.delete(name);
  }
  local.failedCreates = noFailures;
  local.adopted = true;
}

// packages/core/src/decide/plan-workload.ts
function planWorkload(input) {
  const { record, observed } = input;
  const { desired, status } = record;
  if (desired.deletedAt !== void 0) return planWorkloadDeletion(input);
  const rolledBack = rollBackOf(input);
  const restarted = status.observedRestartEpoch !== desired.restartEpoch;
  const changedSince = status.failedHash !== void 0 && (restarted || status.failedHash !== desired.templateHash);
  const base = rolledBack ?? (changedSince ? { ...status, failedHash: void 0, failedReason: void 0 } : status);
  const target = chooseTarget({ record: { ...record, status: base } });
  const replicas = desired.parked === false ? desired.replicas : 0;
  const cause = applyCause(input, target, replicas);
  const incidents = incidentsOf(input);
  const [phase, reason] = phaseOf3(input, base, target, replicas, cause !== void 0);
  const complete = phase === "ready";
  const change = {
    ...base,
    phase,
    reason,
    observedGeneration: desired.generation,
    observedRestartEpoch: desired.restartEpoch,
    readyInstances: observed?.ready ?? 0,
    rollout: complete ? void 0 : base.rollout ?? startRollout(input, target),
    lastReady: complete && replicas > 0 && !target.rolledBack ? { hash: target.hash, template: target.template, health: target.health } : base.lastReady,
    updatedAt: status.updatedAt
  };
  const same = sameData(change, status);
  const events = [...eventsOf(input, phase, reason, rolledBack), ...incidents.map((one) => endEvent(record, one))];
  return {
    actions: [],
    status: same ? status : { ...change, updatedAt: input.now },
    events,
    incidents,
    routable: desired.parked === false ? routableOf(input) : [],
    drop: false,
    lookAgainMs: complete || desired.parked !== false ? void 0 : 1e3,
    apply: cause === void 0 || input.busy ? void 0 : { target, replicas, cause },
    deleteCause: void 0
  };
}
function planWorkloadDeletion(input) {
  const { record, observed } = input;
  const gone = observed === void 0 && !input.busy;
  const reason = gone ? "Deleted" : "Being deleted";
  const status = {
    ...record.status,
    phase: "deleting",
    reason,
    observedGeneration: record.desired.generation,
    readyInstances: 0,
    rollout: void 0
  };
  const same = sameData(status, record.status);
  return {
    actions: [],
    status: same ? record.status : { ...status, updatedAt: input.now },
    events: gone ? [eventOf(record, "deployment-deleted", "Nothing of it is left on the engine")] : [],
    incidents: [],
    routable: [],
    drop: gone,
    lookAgainMs: gone ? void 0 : 500,
    apply: void 0,
    deleteCause: observed && !observed.deleting && !input.busy ? "the deployment is being deleted" : void 0
  };
}
function applyCause(input, target, replicas) {
  const { desired } = input.record;
  const { observed } = input;
  if (!observed) return "the engine does not have it";
  if (observed.deleting) return void 0;
  if (observed.templateHash !== target.hash) return `version ${target.hash} is wanted`;
  if (observed.restartEpoch !== desired.restartEpoch) return "a restart was asked for";
  if (observed.wanted !== replicas) return `${replicas} instances are wanted, not ${observed.wanted}`;
  return void 0;
}
function rollBackOf(input) {
  const { desired, status } = input.record;
  const { observed } = input;
  if (observed?.rollout !== "failed" || observed.templateHash !== desired.templateHash) return void 0;
  if (observed.restartEpoch !== desired.restartEpoch) return void 0;
  if (!status.lastReady || status.lastReady.hash === desired.templateHash) return void 0;
  if (status.failedHash === desired.templateHash) return void 0;
  const why = observed.causes.join("; ") || "it was not ready in time";
  const reason = `Rolled back to version ${status.lastReady.hash}: ${why}`;
  return { ...status, failedHash: desired.templateHash, failedReason: reason, rollout: void 0, reason };
}
function startRollout(input, target) {
  return target.rolledBack || target.hash === input.record.status.lastReady?.hash ? void 0 : { hash: target.hash, startedAt: input.now };
}
function phaseOf3(input, base, target, replicas, applying) {
  const { desired } = input.record;
  const { observed } = input;
  if (input.refusal !== void 0) return ["failed", `The engine refused it: ${input.refusal}`];
  if (desired.parked !== false) {
    return ["parked", "Parked: no instance runs; volumes are kept, memory is not"];
  }
  const ready = observed?.ready ?? 0;
  const done = !applying && observed?.rollout === "complete" && ready >= replicas && observed.instances.length <= replicas;
  if (done && target.rolledBack) return ["degraded", base.failedReason ?? "Rolled back"];
  if (done) return ["ready", replicas === 0 ? "Scaled to 0" : `${ready} of ${replicas} instances are ready`];
  const causes = observed?.causes.length ? `: ${observed.causes.join("; ")}` : "";
  const words2 = `${ready} of ${replicas} instances are ready${causes}`;
  if (observed?.rollout === "failed") return [ready > 0 ? "degraded" : "failed", words2];
  if (base.lastReady) return [ready > 0 && base.lastReady.hash === target.hash ? "degraded" : "progressing", words2];
  return ["pending", words2];
}
function routableOf(input) {
  return (input.observed?.instances ?? []).filter((instance) => {
    const health = input.health.get(instance.name);
    return instance.state === "running" && instance.endpoint && (health === "healthy" || health === "degraded");
  }).map((instance) => instance.name);
}
function incidentsOf(input) {
  if (input.record.desired.parked !== false) return [];
  return (input.observed?.ended ?? []).filter(({ name }) => !input.toldEnds.has(name)).map(({ name, exit }) => ({
    instance: name,
    reason: exit.oom ? "oom" : exit.signal !== void 0 ? "signal" : "exit-code",
    message: `${name} ended: ${describeExit(exit)}`,
    exit
  }));
}
function eventsOf(input, phase, reason, rolledBack) {
  const { record } = input;
  const events = rolledBack ? [eventOf(record, "rollout-rolled-back", rolledBack.reason)] : [];
  if (phase === record.status.phase) return events;
  const types = {
    ready: "deployment-ready",
    degraded: "deployment-degraded",
    failed: "deployment-failed",
    progressing: "deployment-progressing",
    parked: "deployment-parked"
  };
  const type = types[phase];
  return type ? [...events, eventOf(record, type, reason)] : events;
}
function endEvent(record, incident) {
  return eventOf(record, "incident-opened", incident.message, { instance: incident.instance, reason: incident.reason });
}
function eventOf(record, type, message, data = {}) {
  const { id, tenant, agentId } = record.desired;
  return { type, deploymentId: id, tenant, agentId, message, data };
}

// packages/core/src/engine/workload-reconciler.ts
var wholeWorkload = (id) => `workload-${id}`;
function createWorkloadReconciler(context, observer) {
  const toldEnds = /* @__PURE__ */ new Map();
  const refusals = /* @__PURE__ */ new Map();
  return async (id, tenant) => {
    try {
      await step2(context, observer, id, toldEnds, refusals);
      context.local.of(id).failedTurns = 0;
    } catch (thrown) {
      retryLater(context, id, tenant, toMoorageError(thrown, "host.reconcile"));
    }
  };
}
async function step2(context, observer, id, toldEnds, refusals) {
  const fence = context.leases.fenceFor(id);
  if (!fence) return;
  const known = context.cache.get(id) ?? await context.store.read(id);
  if (!known) {
    forgetDeployment(context, id);
    return;
  }
  context.cache.put(known);
  const local = context.local.of(id);
  const record = await openDoor(context, known, fence);
  const look = await freshLook(context, observer, id);
  const observed = look.observation.workloads.find((workload) => workload.deploymentId === id);
  syncHealth(context, record, observed?.instances ?? [], observed?.ready === observed?.instances.length);
  const plan2 = planFor(context, record, observed, toldEnds, refusals);
  await context.crash("plan-made", id);
  routeTo(context, record, plan2, observed?.instances ?? []);
  if (plan2.drop) await closeDoor(context, record);
  const after = await commitPlan(context, { record, fence, plan: plan2, instances: observed?.instances ?? [] });
  for (const { name } of observed?.ended ?? []) toldEnds.get(id)?.add(name);
  await context.crash(plan2.drop ? "after-drop" : "plan-committed", id);
  local.adopted = true;
  if (plan2.drop || !after) {
    toldEnds.delete(id);
    refusals.delete(id);
    forgetDeployment(context, id);
    return;
  }
  startCall(context, observer, after, plan2, refusals);
  if (plan2.lookAgainMs !== void 0) {
    local.actedStamp = observer.stamp();
    context.enqueueAfter(id, record.desired.tenant, plan2.lookAgainMs);
  }
  context.cache.changed(id);
}
function planFor(context, record, observed, toldEnds, refusals) {
  const { id, generation } = record.desired;
  const health = /* @__PURE__ */ new Map();
  for (const { name } of observed?.instances ?? []) {
    const found = context.monitor.get(name);
    if (found) health.set(name, found.state.status);
  }
  const told = toldEnds.get(id) ?? new Set(context.local.of(id).adopted ? [] : observed?.ended.map((one) => one.name));
  toldEnds.set(id, told);
  const refusal2 = refusals.get(id);
  return planWorkload({
    record,
    observed,
    health,
    toldEnds: told,
    busy: context.inFlight.of(id).size > 0,
    refusal: refusal2?.generation === generation ? refusal2.message : void 0,
    now: context.steadyNow()
  });
}
function startCall(context, observer, record, plan2, refusals) {
  const { id, tenant, generation } = record.desired;
  if (!plan2.apply && plan2.deleteCause === void 0) return;
  const flight = context.inFlight.begin(id, wholeWorkload(id), plan2.apply ? "create" : "remove");
  if (!flight) return;
  void callEngine(context, record, plan2, flight.signal).then(() => refusals.delete(id)).catch((thrown) => {
    const error = toMoorageError(thrown);
    if (error.code === "cancelled") return;
    context.logger.log("warn", `The engine did not take ${id}: ${error.message}`, {
      deployment: id,
      code: error.code
    });
    if (isMoorageError(error) && !error.retryable) refusals.set(id, { generation, message: error.message });
  }).finally(() => {
    flight.end();
    context.local.of(id).actedStamp = observer.stamp();
    context.enqueueAfter(id, tenant, refusals.has(id) ? 1e3 : 1);
  });
}
async function callEngine(context, record, plan2, signal) {
  const { id, tenant, agentId, generation, restartEpoch, rolloutDeadlineMs } = record.desired;
  const { driver, owner } = context;
  await context.crash("before-apply", id);
  if (!context.leases.fenceFor(id)) return;
  if (!plan2.apply) {
    await driver.deleteWorkload(id, { owner, signal });
  } else {
    const { target, replicas } = plan2.apply;
    const secretEnv = openSecrets(target.template, id, context.secrets);
    await driver.apply(
      {
        owner,
        tenant,
        deploymentId: id,
        agentId,
        generation,
        templateHash: target.hash,
        restartEpoch,
        template: target.template,
        secretEnv,
        health: target.health,
        rolloutDeadlineMs,
        replicas: { fixed: replicas }
      },
      { signal }
    );
  }
  await context.crash("after-apply", id);
}

// packages/core/src/engine/engine-loop.ts
function containerLoop(context) {
  const { driver, owner } = context;
  const observer = createObserver(
    async () => indexInstances(await driver.list({ owner }, { signal: new AbortController().signal }))
  );
  const orphans = createOrphans(context);
  const all = () => observer.latest()?.observation.byDeployment ?? /* @__PURE__ */ new Map();
  return {
    reconcile: createReconciler(context, observer),
    async look() {
      const look = await observer.after(observer.stamp());
      await orphans.sweep(look.observation);
    },
    firstLook: () => firstLook(observer),
    needsLook: (id) => needsLook(context, observer, id),
    gained: (shards) => noteGained(context, observer, shards),
    instancesOf: (id) => all().get(id) ?? [],
    running: () => [...all().values()].flatMap(runningNames),
    unknown: () => orphans.reported()
  };
}
function workloadLoop(context) {
  const { driver, owner } = context;
  const observer = createObserver(() => driver.describe({ owner }, { signal: new AbortController().signal }));
  const all = () => observer.latest()?.observation.workloads ?? [];
  let unknown = [];
  return {
    reconcile: createWorkloadReconciler(context, observer),
    async look() {
      const { observation } = await observer.after(observer.stamp());
      unknown = await sweepWorkloads(
        context,
        observation.workloads.filter((one) => !one.deleting).map((one) => one.deploymentId)
      );
    },
    firstLook: () => firstLook(observer),
    needsLook: (id) => needsLook(context, observer, id),
    gained: (shards) => noteGained(context, observer, shards),
    instancesOf: (id) => all().find((one) => one.deploymentId === id)?.instances ?? [],
    running: () => all().flatMap((one) => runningNames(one.instances)),
    unknown: () => unknown
  };
}
function runningNames(instances) {
  return instances.filter((one) => one.state === "running").map((one) => one.name);
}
async function firstLook(observer) {
  if (!observer.latest()) await observer.after(-1).catch(() => void 0);
}
function noteGained(context, observer, shards) {
  const stamp = observer.stamp();
  for (const shard of shards) context.gainedStamps.set(shard, stamp);
}
function needsLook(context, observer, id) {
  context.local.of(id).actedStamp = observer.stamp();
}
async function sweepWorkloads(context, ids) {
  const unknown = [];
  for (const id of ids) {
    if (context.cache.get(id) || !context.leases.fenceFor(id)) continue;
    if (await context.store.read(id)) continue;
    const audit = await context.store.audit(id);
    if (audit.at(-1)?.action !== "drop") {
      unknown.push(id);
      continue;
    }
    await context.driver.deleteWorkload(id, { owner: context.owner, signal: new AbortController().signal }).catch((thrown) => {
      const { message } = toMoorageError(thrown);
      context.logger.log("warn", `Cannot collect ${id}: ${message}`, { deployment: id, shard: shardOf(id) });
    });
  }
  return unknown;
}

// node_modules/eventemitter3/index.mjs
var import_index = __toESM(require_eventemitter3(), 1);

// packages/core/src/engine/event-listeners.ts
function createEventListeners(logger) {
  const emitter = new import_index.default();
  return {
    add(type, listener) {
      emitter.on(type, listener);
      return () => emitter.off(type, listener);
    },
    tell(event) {
      for (const listener of [...emitter.listeners(event.type), ...emitter.listeners("*")]) {
        try {
          listener(event);
        } catch (thrown) {
          logger.log("error", "A listener of events threw", { type: event.type, error: String(thrown) });
        }
      }
    },
    any: () => emitter.eventNames().length > 0,
    clear: () => emitter.removeAllListeners()
  };
}

// packages/core/src/engine/sleepers.ts
function createSleepers(clock) {
  const all = /* @__PURE__ */ new Set();
  return {
    sleep(timeoutMs, signal) {
      let end = () => {
      };
      const ended2 = new Promise((resolve) => {
        end = () => {
          cancelTimer();
          all.delete(end);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const cancelTimer = clock.setTimer(timeoutMs, end);
        all.add(end);
        signal.addEventListener("abort", end, { once: true });
      });
      return { ended: ended2, end };
    },
    wakeAll() {
      for (const end of [...all]) end();
    }
  };
}

// packages/core/src/engine/event-feed.ts
var pollMs = 1e3;
var pageSize = 500;
function createEventFeed(deps) {
  const { store, clock, logger } = deps;
  const closing = new AbortController();
  const sleepers = createSleepers(clock);
  const listeners2 = createEventListeners(logger);
  let pumping;
  let newest2 = deps.from;
  const read = (options = {}) => {
    const signals = [closing.signal, ...options.signal ? [options.signal] : []];
    return readEvents(store, sleepers, options, AbortSignal.any(signals));
  };
  const pump = async (abort, after) => {
    let last = after;
    try {
      for await (const event of read({ signal: abort.signal, after })) {
        last = event.cursor;
        listeners2.tell(event);
      }
    } catch (thrown) {
      logger.log("warn", "The events for listeners stopped for a moment", { error: String(thrown) });
      clock.setTimer(pollMs, () => {
        if (!abort.signal.aborted) void pump(abort, last);
      });
    }
  };
  return {
    wake(cursor) {
      newest2 = cursor ?? newest2;
      sleepers.wakeAll();
    },
    read,
    on(type, listener) {
      if (closing.signal.aborted) throw new MoorageError("cancelled", "The host is closed", { operation: "host.on" });
      const off = listeners2.add(type, listener);
      if (!pumping) {
        pumping = new AbortController();
        void pump(pumping, newest2);
      }
      return () => {
        off();
        if (listeners2.any()) return;
        pumping?.abort();
        pumping = void 0;
      };
    },
    close() {
      closing.abort();
      pumping?.abort();
      listeners2.clear();
    }
  };
}
async function* readEvents(store, sleepers, options, signal) {
  const { tenant, deploymentId } = options;
  let after = options.after === "start" ? void 0 : options.after ?? await store.latestCursor();
  while (!signal.aborted) {
    const sleep = options.once ? void 0 : sleepers.sleep(pollMs, signal);
    const page = await store.events({ after, tenant, deploymentId, limit: pageSize }).catch((thrown) => {
      sleep?.end();
      throw thrown;
    });
    if (page.items.length > 0) sleep?.end();
    for (const event of page.items) {
      if (signal.aborted) return;
      after = event.cursor;
      yield event;
    }
    if (page.items.length > 0) continue;
    if (!sleep) return;
    await sleep.ended;
  }
}

// node_modules/p-timeout/index.js
var TimeoutError = class _TimeoutError extends Error {
  name = "TimeoutError";
  constructor(message, options) {
    super(message, options);
    Error.captureStackTrace?.(this, _TimeoutError);
  }
};
var getAbortedReason = (signal) => signal.reason ?? new DOMException("This operation was aborted.", "AbortError");
function pTimeout(promise, options) {
  const {
    milliseconds: milliseconds2,
    fallback,
    message,
    customTimers = { setTimeout, clearTimeout },
    signal
  } = options;
  let timer;
  let abortHandler;
  const wrappedPromise = new Promise((resolve, reject) => {
    if (typeof milliseconds2 !== "number" || Math.sign(milliseconds2) !== 1) {
      throw new TypeError(`Expected \`milliseconds\` to be a positive number, got \`${milliseconds2}\``);
    }
    if (signal?.aborted) {
      reject(getAbortedReason(signal));
      promise.then(resolve, reject);
      return;
    }
    if (signal) {
      abortHandler = () => {
        reject(getAbortedReason(signal));
      };
      signal.addEventListener("abort", abortHandler, { once: true });
    }
    promise.then(resolve, reject);
    if (milliseconds2 === Number.POSITIVE_INFINITY) {
      return;
    }
    const timeoutError = new TimeoutError();
    timer = customTimers.setTimeout.call(void 0, () => {
      if (fallback) {
        try {
          resolve(fallback());
        } catch (error) {
          reject(error);
        }
        return;
      }
      if (typeof promise.cancel === "function") {
        promise.cancel();
      }
      if (message === false) {
        resolve();
      } else if (message instanceof Error) {
        reject(message);
      } else {
        timeoutError.message = message ?? `Promise timed out after ${milliseconds2} milliseconds`;
        reject(timeoutError);
      }
    }, milliseconds2);
  });
  const cancelablePromise = wrappedPromise.finally(() => {
    cancelablePromise.clear();
    if (abortHandler && signal) {
      signal.removeEventListener("abort", abortHandler);
    }
  });
  cancelablePromise.clear = () => {
    customTimers.clearTimeout.call(void 0, timer);
    timer = void 0;
  };
  return cancelablePromise;
}

// node_modules/p-queue/dist/lower-bound.js
function lowerBound(array, value, comparator) {
  let first = 0;
  let count2 = array.length;
  while (count2 > 0) {
    const step3 = Math.trunc(count2 / 2);
    let it = first + step3;
    if (comparator(array[it], value) <= 0) {
      first = ++it;
      count2 -= step3 + 1;
    } else {
      count2 = step3;
    }
  }
  return first;
}

// node_modules/p-queue/dist/priority-queue.js
var compactionThreshold = 100;
var PriorityQueue = class {
  #queue = [];
  // The queue is stored as a sorted array, but dequeued items are left before `#head` until compaction. Only items from `#head` onward are live, which keeps repeated dequeues amortized O(1).
  #head = 0;
  enqueue(run, options) {
    const { priority = 0, id } = options ?? {};
    const { size } = this;
    const element = {
      priority,
      id,
      run
    };
    if (size === 0) {
      this.#queue.length = 0;
      this.#head = 0;
      this.#queue.push(element);
      return;
    }
    if (this.#queue.at(-1).priority >= priority) {
      this.#queue.push(element);
      return;
    }
    this.#compact();
    const index = lowerBound(this.#queue, element, (a, b) => b.priority - a.priority);
    this.#queue.splice(index, 0, element);
  }
  setPriority(id, priority) {
    const index = this.#queue.findIndex((element, index2) => index2 >= this.#head && element.id === id);
    if (index === -1) {
      throw new ReferenceError(`No promise function with the id "${id}" exists in the queue.`);
    }
    const [item] = this.#queue.splice(index, 1);
    this.enqueue(item.run, { priority, id });
  }
  remove(idOrRun) {
    const index = this.#queue.findIndex((element, index2) => {
      if (index2 < this.#head) {
        return false;
      }
      if (typeof idOrRun === "string") {
        return element.id === idOrRun;
      }
      return element.run === idOrRun;
    });
    if (index !== -1) {
      this.#queue.splice(index, 1);
    }
  }
  dequeue() {
    if (this.#head === this.#queue.length) {
      return void 0;
    }
    const item = this.#queue[this.#head];
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > compactionThreshold && this.#head > this.#queue.length / 2) {
      this.#compact();
    }
    return item?.run;
  }
  filter(options) {
    const result = [];
    for (let index = this.#head; index < this.#queue.length; index++) {
      const element = this.#queue[index];
      if (element.priority === options.priority) {
        result.push(element.run);
      }
    }
    return result;
  }
  get size() {
    return this.#queue.length - this.#head;
  }
  #compact() {
    if (this.#head === 0) {
      return;
    }
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }
};

// node_modules/p-queue/dist/index.js
var PQueue = class extends import_index.default {
  #carryoverIntervalCount;
  #isIntervalIgnored;
  #intervalCount = 0;
  #intervalCap;
  #rateLimitedInInterval = false;
  #rateLimitFlushScheduled = false;
  #interval;
  /*
  Timestamp when the current interval window ends. Kept accurate at every window transition: `#initializeIntervalIfNeeded` sets it when a window starts and `#onInterval` advances it as the recurring timer rolls into each new window. This is the source of truth for whether a task added after the queue goes idle belongs to a fresh window, so it must not go stale.
  */
  #intervalEnd = 0;
  // Recurring timer that drives windows while the queue is actively processing. Absent (`undefined`) once the queue goes idle.
  #intervalId;
  // One-shot timer used while idle to resume at the next window boundary, since `#intervalId` is cleared when idle.
  #timeoutId;
  #strict;
  // Circular buffer implementation for better performance
  #strictTicks = [];
  #strictTicksStartIndex = 0;
  #queue;
  #queueClass;
  #pending = 0;
  // The `!` is needed because of https://github.com/microsoft/TypeScript/issues/32194
  #concurrency;
  #isPaused;
  // Use to assign a unique identifier to a promise function, if not explicitly specified
  #idAssigner = 1n;
  // Track currently running tasks for debugging
  #runningTasks = /* @__PURE__ */ new Map();
  #queueAbortListenerCleanupFunctions = /* @__PURE__ */ new Set();
  /**
      Get or set the default timeout for all tasks. Can be changed at runtime.
  
      Operations will throw a `TimeoutError` if they don't complete within the specified time.
  
      The timeout begins when the operation is dequeued and starts execution, not while it's waiting in the queue.
  
      @example
      ```
      const queue = new PQueue({timeout: 5000});
  
      // Change timeout for all future tasks
      queue.timeout = 10000;
      ```
      */
  timeout;
  constructor(options) {
    super();
    options = {
      carryoverIntervalCount: false,
      intervalCap: Number.POSITIVE_INFINITY,
      interval: 0,
      concurrency: Number.POSITIVE_INFINITY,
      autoStart: true,
      queueClass: PriorityQueue,
      strict: false,
      ...options
    };
    if (!(typeof options.intervalCap === "number" && options.intervalCap >= 1)) {
      throw new TypeError(`Expected \`intervalCap\` to be a number from 1 and up, got \`${options.intervalCap?.toString() ?? ""}\` (${typeof options.intervalCap})`);
    }
    if (options.interval === void 0 || !(Number.isFinite(options.interval) && options.interval >= 0)) {
      throw new TypeError(`Expected \`interval\` to be a finite number >= 0, got \`${options.interval?.toString() ?? ""}\` (${typeof options.interval})`);
    }
    if (options.strict && options.interval === 0) {
      throw new TypeError("The `strict` option requires a non-zero `interval`");
    }
    if (options.strict && options.intervalCap === Number.POSITIVE_INFINITY) {
      throw new TypeError("The `strict` option requires a finite `intervalCap`");
    }
    this.#carryoverIntervalCount = options.carryoverIntervalCount ?? options.carryoverConcurrencyCount ?? false;
    this.#isIntervalIgnored = options.intervalCap === Number.POSITIVE_INFINITY || options.interval === 0;
    this.#intervalCap = options.intervalCap;
    this.#interval = options.interval;
    this.#strict = options.strict;
    this.#queue = new options.queueClass();
    this.#queueClass = options.queueClass;
    this.concurrency = options.concurrency;
    if (options.timeout !== void 0 && !(Number.isFinite(options.timeout) && options.timeout > 0)) {
      throw new TypeError(`Expected \`timeout\` to be a positive finite number, got \`${options.timeout}\` (${typeof options.timeout})`);
    }
    this.timeout = options.timeout;
    this.#isPaused = options.autoStart === false;
    this.#setupRateLimitTracking();
  }
  #cleanupStrictTicks(now) {
    while (this.#strictTicksStartIndex < this.#strictTicks.length) {
      const oldestTick = this.#strictTicks[this.#strictTicksStartIndex];
      if (oldestTick !== void 0 && now - oldestTick >= this.#interval) {
        this.#strictTicksStartIndex++;
      } else {
        break;
      }
    }
    const shouldCompact = this.#strictTicksStartIndex > 100 && this.#strictTicksStartIndex > this.#strictTicks.length / 2 || this.#strictTicksStartIndex === this.#strictTicks.length;
    if (shouldCompact) {
      this.#strictTicks = this.#strictTicks.slice(this.#strictTicksStartIndex);
      this.#strictTicksStartIndex = 0;
    }
  }
  // Helper methods for interval consumption
  #consumeIntervalSlot(now) {
    if (this.#strict) {
      this.#strictTicks.push(now);
    } else {
      this.#intervalCount++;
    }
  }
  #rollbackIntervalSlot() {
    if (this.#strict) {
      if (this.#strictTicks.length > this.#strictTicksStartIndex) {
        this.#strictTicks.pop();
      }
    } else if (this.#intervalCount > 0) {
      this.#intervalCount--;
    }
  }
  #getActiveTicksCount() {
    return this.#strictTicks.length - this.#strictTicksStartIndex;
  }
  get #doesIntervalAllowAnother() {
    if (this.#isIntervalIgnored) {
      return true;
    }
    if (this.#strict) {
      return this.#getActiveTicksCount() < this.#intervalCap;
    }
    return this.#intervalCount < this.#intervalCap;
  }
  get #doesConcurrentAllowAnother() {
    return this.#pending < this.#concurrency;
  }
  #next() {
    this.#pending--;
    if (this.#pending === 0) {
      this.emit("pendingZero");
    }
    this.#tryToStartAnother();
    this.emit("next");
  }
  #onResumeInterval() {
    this.#timeoutId = void 0;
    this.#onInterval();
    this.#initializeIntervalIfNeeded();
  }
  #isIntervalPausedAt(now) {
    if (this.#strict) {
      this.#cleanupStrictTicks(now);
      const activeTicksCount = this.#getActiveTicksCount();
      if (activeTicksCount >= this.#intervalCap) {
        const oldestTick = this.#strictTicks[this.#strictTicksStartIndex];
        const delay = this.#interval - (now - oldestTick);
        this.#createIntervalTimeout(delay);
        return true;
      }
      return false;
    }
    if (this.#intervalId === void 0) {
      const delay = this.#intervalEnd - now;
      if (delay < 0) {
        this.#intervalCount = this.#carryoverIntervalCount ? this.#pending : 0;
      } else {
        this.#createIntervalTimeout(delay);
        return true;
      }
    }
    return false;
  }
  #createIntervalTimeout(delay) {
    if (this.#timeoutId !== void 0) {
      return;
    }
    this.#timeoutId = setTimeout(() => {
      this.#onResumeInterval();
    }, delay);
  }
  #clearIntervalTimer() {
    if (this.#intervalId) {
      clearInterval(this.#intervalId);
      this.#intervalId = void 0;
    }
  }
  #clearTimeoutTimer() {
    if (this.#timeoutId) {
      clearTimeout(this.#timeoutId);
      this.#timeoutId = void 0;
    }
  }
  #tryToStartAnother() {
    if (this.#queue.size === 0) {
      this.#clearIntervalTimer();
      this.emit("empty");
      if (this.#pending === 0) {
        this.#clearTimeoutTimer();
        if (this.#strict && this.#strictTicksStartIndex > 0) {
          const now = Date.now();
          this.#cleanupStrictTicks(now);
        }
        this.emit("idle");
      }
      return false;
    }
    let taskStarted = false;
    if (!this.#isPaused) {
      const now = Date.now();
      const canInitializeInterval = !this.#isIntervalPausedAt(now);
      if (this.#doesIntervalAllowAnother && this.#doesConcurrentAllowAnother) {
        const job = this.#queue.dequeue();
        if (!this.#isIntervalIgnored) {
          this.#consumeIntervalSlot(now);
          this.#scheduleRateLimitUpdate();
        }
        if (canInitializeInterval) {
          this.#initializeIntervalIfNeeded();
        }
        job();
        this.emit("active");
        taskStarted = true;
      }
    }
    return taskStarted;
  }
  #initializeIntervalIfNeeded() {
    if (this.#isIntervalIgnored || this.#intervalId !== void 0) {
      return;
    }
    if (this.#strict) {
      return;
    }
    this.#intervalId = setInterval(() => {
      this.#onInterval();
    }, this.#interval);
    this.#intervalEnd = Date.now() + this.#interval;
  }
  #onInterval() {
    if (!this.#strict) {
      if (this.#intervalId !== void 0) {
        if (this.#intervalCount === 0 && this.#pending === 0) {
          this.#clearIntervalTimer();
        } else {
          this.#intervalEnd = Date.now() + this.#interval;
        }
      }
      this.#intervalCount = this.#carryoverIntervalCount ? this.#pending : 0;
    }
    this.#processQueue();
    this.#scheduleRateLimitUpdate();
  }
  /**
  Executes all queued functions until it reaches the limit.
  */
  #processQueue() {
    while (this.#tryToStartAnother()) {
    }
  }
  get concurrency() {
    return this.#concurrency;
  }
  set concurrency(newConcurrency) {
    if (!(typeof newConcurrency === "number" && newConcurrency >= 1)) {
      throw new TypeError(`Expected \`concurrency\` to be a number from 1 and up, got \`${newConcurrency}\` (${typeof newConcurrency})`);
    }
    this.#concurrency = newConcurrency;
    this.#processQueue();
  }
  /**
      Updates the priority of a promise function by its id, affecting its execution order. Requires a defined concurrency limit to take effect.
  
      For example, this can be used to prioritize a promise function to run earlier.
  
      ```js
      import PQueue from 'p-queue';
  
      const queue = new PQueue({concurrency: 1});
  
      queue.add(async () => '🦄', {priority: 1});
      queue.add(async () => '🦀', {priority: 0, id: '🦀'});
      queue.add(async () => '🦄', {priority: 1});
      queue.add(async () => '🦄', {priority: 1});
  
      queue.setPriority('🦀', 2);
      ```
  
      In this case, the promise function with `id: '🦀'` runs second.
  
      You can also deprioritize a promise function to delay its execution:
  
      ```js
      import PQueue from 'p-queue';
  
      const queue = new PQueue({concurrency: 1});
  
      queue.add(async () => '🦄', {priority: 1});
      queue.add(async () => '🦀', {priority: 1, id: '🦀'});
      queue.add(async () => '🦄');
      queue.add(async () => '🦄', {priority: 0});
  
      queue.setPriority('🦀', -1);
      ```
      Here, the promise function with `id: '🦀'` executes last.
      */
  setPriority(id, priority) {
    if (typeof priority !== "number" || !Number.isFinite(priority)) {
      throw new TypeError(`Expected \`priority\` to be a finite number, got \`${priority}\` (${typeof priority})`);
    }
    this.#queue.setPriority(id, priority);
  }
  async add(function_, options = {}) {
    options = {
      timeout: this.timeout,
      ...options,
      // Assign unique ID if not provided
      id: options.id ?? (this.#idAssigner++).toString()
    };
    if (options.timeout !== void 0 && !(Number.isFinite(options.timeout) && options.timeout > 0)) {
      throw new TypeError(`Expected \`timeout\` to be a positive finite number, got \`${options.timeout}\` (${typeof options.timeout})`);
    }
    return new Promise((resolve, reject) => {
      const taskSymbol = /* @__PURE__ */ Symbol(`task-${options.id}`);
      let cleanupQueueAbortHandler = () => void 0;
      const run = async () => {
        cleanupQueueAbortHandler();
        this.#pending++;
        this.#runningTasks.set(taskSymbol, {
          id: options.id,
          priority: options.priority ?? 0,
          // Match priority-queue default
          startTime: Date.now(),
          timeout: options.timeout
        });
        let eventListener;
        try {
          try {
            options.signal?.throwIfAborted();
          } catch (error) {
            this.#rollbackIntervalConsumption();
            this.#runningTasks.delete(taskSymbol);
            throw error;
          }
          let operation2 = function_({ signal: options.signal });
          if (options.timeout !== void 0) {
            operation2 = pTimeout(Promise.resolve(operation2), {
              milliseconds: options.timeout,
              message: `Task timed out after ${options.timeout}ms (queue has ${this.#pending} running, ${this.#queue.size} waiting)`
            });
          }
          if (options.signal) {
            const { signal } = options;
            operation2 = Promise.race([operation2, new Promise((_resolve, reject2) => {
              eventListener = () => {
                reject2(signal.reason);
              };
              signal.addEventListener("abort", eventListener, { once: true });
              if (signal.aborted) {
                eventListener();
              }
            })]);
          }
          const result = await operation2;
          resolve(result);
          this.emit("completed", result);
        } catch (error) {
          reject(error);
          this.emit("error", error);
        } finally {
          if (eventListener) {
            options.signal?.removeEventListener("abort", eventListener);
          }
          this.#runningTasks.delete(taskSymbol);
          queueMicrotask(() => {
            this.#next();
          });
        }
      };
      this.#queue.enqueue(run, options);
      const removeQueuedTask = () => {
        if (this.#queue instanceof PriorityQueue) {
          this.#queue.remove(run);
          return;
        }
        this.#queue.remove?.(options.id);
      };
      if (options.signal) {
        const { signal } = options;
        const queueAbortHandler = () => {
          cleanupQueueAbortHandler();
          removeQueuedTask();
          reject(signal.reason);
          this.#tryToStartAnother();
          this.emit("next");
        };
        cleanupQueueAbortHandler = () => {
          signal.removeEventListener("abort", queueAbortHandler);
          this.#queueAbortListenerCleanupFunctions.delete(cleanupQueueAbortHandler);
        };
        if (signal.aborted) {
          queueAbortHandler();
          return;
        }
        signal.addEventListener("abort", queueAbortHandler, { once: true });
        this.#queueAbortListenerCleanupFunctions.add(cleanupQueueAbortHandler);
      }
      this.emit("add");
      this.#tryToStartAnother();
    });
  }
  async addAll(functions, options) {
    return Promise.all(functions.map(async (function_) => this.add(function_, options)));
  }
  /**
  Start (or resume) executing enqueued tasks within concurrency limit. No need to call this if queue is not paused (via `options.autoStart = false` or by `.pause()` method.)
  */
  start() {
    if (!this.#isPaused) {
      return this;
    }
    this.#isPaused = false;
    this.#processQueue();
    return this;
  }
  /**
  Put queue execution on hold.
  */
  pause() {
    this.#isPaused = true;
  }
  /**
  Clear the queue.
  */
  clear() {
    for (const cleanupQueueAbortHandler of this.#queueAbortListenerCleanupFunctions) {
      cleanupQueueAbortHandler();
    }
    this.#queue = new this.#queueClass();
    this.#clearIntervalTimer();
    this.#updateRateLimitState();
    this.emit("empty");
    if (this.#pending === 0) {
      this.#clearTimeoutTimer();
      this.emit("idle");
    }
    this.emit("next");
  }
  /**
      Can be called multiple times. Useful if you for example add additional items at a later time.
  
      @returns A promise that settles when the queue becomes empty.
      */
  async onEmpty() {
    if (this.#queue.size === 0) {
      return;
    }
    await this.#onEvent("empty");
  }
  /**
      @returns A promise that settles when the queue size is less than the given limit: `queue.size < limit`.
  
      If you want to avoid having the queue grow beyond a certain size you can `await queue.onSizeLessThan()` before adding a new item.
  
      Note that this only limits the number of items waiting to start. There could still be up to `concurrency` jobs already running that this call does not include in its calculation.
      */
  async onSizeLessThan(limit) {
    if (this.#queue.size < limit) {
      return;
    }
    await this.#onEvent(["next", "active"], () => this.#queue.size < limit);
  }
  /**
      The difference with `.onEmpty` is that `.onIdle` guarantees that all work from the queue has finished. `.onEmpty` merely signals that the queue is empty, but it could mean that some promises haven't completed yet.
  
      @returns A promise that settles when the queue becomes empty, and all promises have completed; `queue.size === 0 && queue.pending === 0`.
      */
  async onIdle() {
    if (this.#pending === 0 && this.#queue.size === 0) {
      return;
    }
    await this.#onEvent("idle");
  }
  /**
      The difference with `.onIdle` is that `.onPendingZero` only waits for currently running tasks to finish, ignoring queued tasks.
  
      @returns A promise that settles when all currently running tasks have completed; `queue.pending === 0`.
      */
  async onPendingZero() {
    if (this.#pending === 0) {
      return;
    }
    await this.#onEvent("pendingZero");
  }
  /**
  @returns A promise that settles when the queue becomes rate-limited due to intervalCap.
  */
  async onRateLimit() {
    if (this.isRateLimited) {
      return;
    }
    await this.#onEvent("rateLimit");
  }
  /**
  @returns A promise that settles when the queue is no longer rate-limited.
  */
  async onRateLimitCleared() {
    if (!this.isRateLimited) {
      return;
    }
    await this.#onEvent("rateLimitCleared");
  }
  /**
      @returns A promise that rejects when any task in the queue errors.
  
      Use with `Promise.race([queue.onError(), queue.onIdle()])` to fail fast on the first error while still resolving normally when the queue goes idle.
  
      Important: The promise returned by `add()` still rejects. You must handle each `add()` promise (for example, `.catch(() => {})`) to avoid unhandled rejections.
  
      @example
      ```
      import PQueue from 'p-queue';
  
      const queue = new PQueue({concurrency: 2});
  
      queue.add(() => fetchData(1)).catch(() => {});
      queue.add(() => fetchData(2)).catch(() => {});
      queue.add(() => fetchData(3)).catch(() => {});
  
      // Stop processing on first error
      try {
          await Promise.race([
              queue.onError(),
              queue.onIdle()
          ]);
      } catch (error) {
          queue.pause(); // Stop processing remaining tasks
          console.error('Queue failed:', error);
      }
      ```
      */
  // eslint-disable-next-line @typescript-eslint/promise-function-async
  onError() {
    return new Promise((_resolve, reject) => {
      const handleError = (error) => {
        this.off("error", handleError);
        reject(error);
      };
      this.on("error", handleError);
    });
  }
  async #onEvent(events, filter) {
    const eventList = Array.isArray(events) ? events : [events];
    return new Promise((resolve) => {
      const listener = () => {
        if (filter && !filter()) {
          return;
        }
        for (const event of eventList) {
          this.off(event, listener);
        }
        resolve();
      };
      for (const event of eventList) {
        this.on(event, listener);
      }
    });
  }
  /**
  Size of the queue, the number of queued items waiting to run.
  */
  get size() {
    return this.#queue.size;
  }
  /**
      Size of the queue, filtered by the given options.
  
      For example, this can be used to find the number of items remaining in the queue with a specific priority level.
      */
  sizeBy(options) {
    return this.#queue.filter(options).length;
  }
  /**
  Number of running items (no longer in the queue).
  */
  get pending() {
    return this.#pending;
  }
  /**
  Whether the queue is currently paused.
  */
  get isPaused() {
    return this.#isPaused;
  }
  #setupRateLimitTracking() {
    if (this.#isIntervalIgnored) {
      return;
    }
    this.on("add", () => {
      if (this.#queue.size > 0) {
        this.#scheduleRateLimitUpdate();
      }
    });
    this.on("next", () => {
      this.#scheduleRateLimitUpdate();
    });
  }
  #scheduleRateLimitUpdate() {
    if (this.#isIntervalIgnored || this.#rateLimitFlushScheduled) {
      return;
    }
    this.#rateLimitFlushScheduled = true;
    queueMicrotask(() => {
      this.#rateLimitFlushScheduled = false;
      this.#updateRateLimitState();
    });
  }
  #rollbackIntervalConsumption() {
    if (this.#isIntervalIgnored) {
      return;
    }
    this.#rollbackIntervalSlot();
    this.#scheduleRateLimitUpdate();
  }
  #updateRateLimitState() {
    const previous = this.#rateLimitedInInterval;
    if (this.#isIntervalIgnored || this.#queue.size === 0) {
      if (previous) {
        this.#rateLimitedInInterval = false;
        this.emit("rateLimitCleared");
      }
      return;
    }
    let count2;
    if (this.#strict) {
      const now = Date.now();
      this.#cleanupStrictTicks(now);
      count2 = this.#getActiveTicksCount();
    } else {
      count2 = this.#intervalCount;
    }
    const shouldBeRateLimited = count2 >= this.#intervalCap;
    if (shouldBeRateLimited !== previous) {
      this.#rateLimitedInInterval = shouldBeRateLimited;
      this.emit(shouldBeRateLimited ? "rateLimit" : "rateLimitCleared");
    }
  }
  /**
  Whether the queue is currently rate-limited due to intervalCap.
  */
  get isRateLimited() {
    return this.#rateLimitedInInterval;
  }
  /**
      Whether the queue is saturated. Returns `true` when:
      - All concurrency slots are occupied and tasks are waiting, OR
      - The queue is rate-limited and tasks are waiting
  
      Useful for detecting backpressure and potential hanging tasks.
  
      ```js
      import PQueue from 'p-queue';
  
      const queue = new PQueue({concurrency: 2});
  
      // Backpressure handling
      if (queue.isSaturated) {
          console.log('Queue is saturated, waiting for capacity...');
          await queue.onSizeLessThan(queue.concurrency);
      }
  
      // Monitoring for stuck tasks
      setInterval(() => {
          if (queue.isSaturated) {
              console.warn(`Queue saturated: ${queue.pending} running, ${queue.size} waiting`);
          }
      }, 60000);
      ```
      */
  get isSaturated() {
    return this.#pending === this.#concurrency && this.#queue.size > 0 || this.isRateLimited && this.#queue.size > 0;
  }
  /**
      The tasks currently being executed. Each task includes its `id`, `priority`, `startTime`, `timeout` (if set), and `timeoutRemaining` (milliseconds until the task times out, or `undefined` if no timeout is set).
  
      Returns an array of task info objects.
  
      ```js
      import PQueue from 'p-queue';
  
      const queue = new PQueue({concurrency: 2, timeout: 10000});
  
      // Add tasks with IDs for better debugging
      queue.add(() => fetchUser(123), {id: 'user-123'});
      queue.add(() => fetchPosts(456), {id: 'posts-456', priority: 1});
  
      // Check what's running
      console.log(queue.runningTasks);
      // => [{
      //   id: 'user-123',
      //   priority: 0,
      //   startTime: 1759253001716,
      //   timeout: 10000,
      //   timeoutRemaining: 9700
      // }, {
      //   id: 'posts-456',
      //   priority: 1,
      //   startTime: 1759253001916,
      //   timeout: 10000,
      //   timeoutRemaining: 9900
      // }]
      ```
      */
  get runningTasks() {
    return [...this.#runningTasks.values()].map((task) => ({
      ...task,
      timeoutRemaining: task.timeout ? Math.max(0, task.startTime + task.timeout - Date.now()) : void 0
    }));
  }
};

// packages/core/src/engine/guard-driver.ts
function guardDriver(driver, options) {
  if (driver.contract !== 1) {
    throw new MoorageError(
      "unsupported",
      `Cannot use the driver "${driver.name}": it speaks contract ${String(driver.contract)}, this host speaks 1`,
      { operation: "createHost" }
    );
  }
  const guard = createGuard(driver, options);
  const base = guardBase(driver, guard);
  const whole = driver.level === "container" ? guardContainer(driver, base, guard) : guardWorkload(driver, base, guard);
  return whole;
}
function createGuard(driver, options) {
  const underWay = /* @__PURE__ */ new Set();
  const queue = new PQueue({ concurrency: options.concurrency });
  let closing = false;
  let closed;
  const bounded = async (operation2, call, work, timeoutMs = options.callTimeoutMs) => {
    const name = `${driver.name}.${operation2}`;
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    let timedOut = false;
    const stopTimer = options.clock.setTimer(timeoutMs, () => {
      timedOut = true;
      abort.abort();
    });
    underWay.add(abort);
    call.signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (closing || call.signal.aborted) throw cancelled(name);
      const result = await settleOnAbort(abort.signal, work({ ...call, signal: abort.signal }));
      options.onCall?.(operation2, void 0);
      return result;
    } catch (thrown) {
      const error = timedOut ? timeoutOf(driver.name, operation2, timeoutMs, thrown) : abort.signal.aborted ? cancelled(name, thrown) : toMoorageError(thrown, name);
      options.onCall?.(operation2, error);
      throw error;
    } finally {
      stopTimer();
      underWay.delete(abort);
      call.signal.removeEventListener("abort", onAbort);
    }
  };
  return {
    read: bounded,
    change: (operation2, call, work, timeoutMs) => queue.add(() => bounded(operation2, call, work, timeoutMs)),
    callTimeoutMs: options.callTimeoutMs,
    createTimeoutMs: options.createTimeoutMs,
    close() {
      closing = true;
      for (const abort of underWay) abort.abort();
      closed ??= driver.close();
      return closed;
    }
  };
}
function timeoutOf(driver, operation2, timeoutMs, cause) {
  const message = `The driver "${driver}" did not answer ${operation2} within ${timeoutMs} ms`;
  return new MoorageError("timeout", message, { operation: `${driver}.${operation2}`, cause });
}
function cancelled(operation2, cause) {
  return new MoorageError("cancelled", `${operation2} was cancelled`, { operation: operation2, cause });
}
function settleOnAbort(signal, work) {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
function guardBase(driver, guard) {
  const { watch: watch2, logs, usage, startRun } = driver;
  return {
    contract: 1,
    name: driver.name,
    capabilities: driver.capabilities,
    list: (scope, call) => guard.read("list", call, (inner) => driver.list(scope, inner)),
    close: () => guard.close(),
    ...watch2 && { watch: (scope, hint) => watch2.call(driver, scope, hint) },
    ...logs && { logs: (name, call) => guardLogs(driver.name, logs.call(driver, name, call)) },
    ...usage && {
      usage: (names, call) => guard.read("usage", call, (inner) => usage.call(driver, names, { ...call, ...inner }))
    },
    ...startRun && {
      startRun: (job, call) => guard.change("startRun", call, (inner) => startRun.call(driver, job, inner), guard.createTimeoutMs)
    }
  };
}
async function* guardLogs(driver, lines) {
  try {
    yield* lines;
  } catch (thrown) {
    throw toMoorageError(thrown, `${driver}.logs`);
  }
}
function guardContainer(driver, base, guard) {
  const { park, unpark } = driver;
  return {
    ...base,
    level: "container",
    create: (spec, call) => guard.change("create", call, (inner) => driver.create(spec, inner), guard.createTimeoutMs),
    remove: (name, call) => guard.read(
      "remove",
      call,
      (inner) => driver.remove(name, { ...call, ...inner }),
      guard.callTimeoutMs + call.graceMs
    ),
    ...park && {
      park: (name, depth, call) => guard.change("park", call, (inner) => park.call(driver, name, depth, { ...call, ...inner }))
    },
    ...unpark && {
      unpark: (name, call) => guard.change("unpark", call, (inner) => unpark.call(driver, name, { ...call, ...inner }))
    }
  };
}
function guardWorkload(driver, base, guard) {
  return {
    ...base,
    level: "workload",
    apply: (workload, call) => guard.change("apply", call, (inner) => driver.apply(workload, inner), guard.createTimeoutMs),
    deleteWorkload: (id, call) => guard.change("deleteWorkload", call, (inner) => driver.deleteWorkload(id, { ...call, ...inner })),
    describe: (scope, call) => guard.read("describe", call, (inner) => driver.describe(scope, inner))
  };
}

// packages/core/src/decide/next-probe.ts
var firstStartProbeMs = 25;
var closestStartProbesMs = 10;
var slowestStartProbeMs = 1e3;
var startProbeShare = 8;
var jitterShare = 0.1;
function nextProbe(timing, state, policy, nowMs, random01) {
  const { lastStartMs } = timing;
  const { intervalMs } = policy;
  if (!state.everPassed && lastStartMs === void 0) {
    return { dueMs: nowMs + Math.min(firstStartProbeMs, intervalMs), skipped: 0 };
  }
  if (lastStartMs !== void 0 && !state.everPassed && nowMs - state.startedAtMs < policy.startPeriodMs) {
    const share = Math.max(closestStartProbesMs, (nowMs - timing.watchedAtMs) / startProbeShare);
    return { dueMs: Math.max(nowMs, lastStartMs + Math.min(share, slowestStartProbeMs, intervalMs)), skipped: 0 };
  }
  if (lastStartMs !== void 0 && state.consecutiveFailures > 0 && state.status !== "unhealthy") {
    return { dueMs: Math.max(nowMs, lastStartMs + intervalMs * (1 - jitterShare)), skipped: 0 };
  }
  return onGrid(timing, intervalMs, nowMs, random01);
}
function onGrid(timing, intervalMs, nowMs, random01) {
  const phaseMs = timing.phase01 * intervalMs;
  const nextAfter = (ms) => phaseMs + (Math.floor((ms - phaseMs) / intervalMs) + 1) * intervalMs;
  const wanted = timing.lastStartMs === void 0 ? nowMs : timing.lastStartMs + intervalMs * jitterShare + 1e-3;
  const first = nextAfter(wanted);
  const base = first > nowMs ? first : nextAfter(nowMs);
  const jitterMs = (random01 * 2 - 1) * jitterShare * intervalMs;
  return { dueMs: Math.max(nowMs, base + jitterMs), skipped: Math.round((base - first) / intervalMs) };
}

// packages/core/src/engine/lateness-sample.ts
function latenessSample(capacity = 4096) {
  const values = new Float64Array(capacity);
  let added = 0;
  return {
    add(valueMs) {
      values[added % capacity] = Math.max(0, valueMs);
      added += 1;
    },
    percentile(share) {
      const sorted = values.slice(0, Math.min(added, capacity)).sort();
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    }
  };
}

// packages/core/src/engine/listeners.ts
function listeners(of, logger) {
  const all = /* @__PURE__ */ new Set();
  return {
    add(listener) {
      const entry = (message) => listener(message);
      all.add(entry);
      return () => {
        all.delete(entry);
      };
    },
    tell(message) {
      for (const listener of [...all]) {
        try {
          listener(message);
        } catch (error) {
          logger?.log("error", `A listener of ${of} threw`, { error: String(error) });
        }
      }
    }
  };
}

// packages/core/src/engine/probe-runner.ts
function probeRunner(options) {
  const queue = /* @__PURE__ */ new Set();
  const inFlight = /* @__PURE__ */ new Set();
  let closed = false;
  function launch(target) {
    const startedMs = options.clock.monotonic();
    inFlight.add(target);
    options.onStart(target, startedMs);
    probe(options.transport, target).then((result) => {
      inFlight.delete(target);
      if (!closed) options.onResult(target, result, startedMs);
      launchQueued();
    });
  }
  function launchQueued() {
    for (const target of queue) {
      if (closed || inFlight.size >= options.concurrency) return;
      queue.delete(target);
      launch(target);
    }
  }
  return {
    submit(target) {
      queue.add(target);
      launchQueued();
    },
    withdraw: (target) => queue.delete(target),
    has: (target) => inFlight.has(target) || queue.has(target),
    counts: () => ({ inFlight: inFlight.size, queued: queue.size }),
    close() {
      closed = true;
      queue.clear();
    }
  };
}
async function probe(transport, target) {
  try {
    return await transport.probe(target.endpoint, target.policy.path, target.policy.timeoutMs);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: "fail", responseTimeMs: 0, error: "network", message };
  }
}

// packages/core/src/engine/self-check.ts
var stallShare = 0.25;
var longStallMs = 500;
var shortestStallMs = 10;
var rememberedStalls = 64;
function selfCheck() {
  const stalls = [];
  let lastPassMs = Number.NEGATIVE_INFINITY;
  function stalledSince(startedMs) {
    let sum2 = 0;
    for (const stall of stalls) {
      if (stall.endedMs > startedMs) sum2 += Math.min(stall.lengthMs, stall.endedMs - startedMs);
    }
    return sum2;
  }
  return {
    woke(nowMs, lateMs) {
      if (lateMs < shortestStallMs) return;
      stalls.push({ endedMs: nowMs, lengthMs: lateMs });
      if (stalls.length > rememberedStalls) stalls.shift();
    },
    judge(result, policy, { startedMs, nowMs, overdueMs, targets }) {
      if (result.kind === "pass") lastPassMs = nowMs;
      if (result.kind !== "fail" || result.error === "status" || result.error === "body") return result;
      const stalledMs = Math.round(stalledSince(startedMs) + Math.min(overdueMs, nowMs - startedMs));
      if (result.error !== "refused" && stalledMs > policy.timeoutMs * stallShare) {
        return { kind: "inconclusive", reason: `Our own event loop was blocked for ${stalledMs} ms during the probe` };
      }
      const since = nowMs - policy.intervalMs;
      const longStall = overdueMs > longStallMs || stalls.some((stall) => stall.endedMs > since && stall.lengthMs > longStallMs);
      if (targets > 1 && longStall && lastPassMs <= since) {
        return { kind: "inconclusive", reason: "Every agent fails at once while our own event loop is overloaded" };
      }
      return result;
    }
  };
}

// packages/core/src/engine/health-monitor.ts
function createHealthMonitor(options) {
  const { clock, transport, random, concurrency = maxConcurrentProbes, logger } = options;
  const lateness = latenessSample();
  const monitor = {
    clock,
    random,
    targets: /* @__PURE__ */ new Map(),
    doubts: selfCheck(),
    transitions: listeners("health transitions", logger),
    checks: listeners("health checks", logger),
    counters: { checks: 0, failures: 0, inconclusive: 0, skipped: 0, transitions: 0 },
    wheel: timerWheel({
      clock,
      onWake: (lateMs) => monitor.doubts.woke(clock.monotonic(), lateMs),
      onDue: (target) => monitor.runner.submit(target)
    }),
    runner: probeRunner({
      clock,
      transport,
      concurrency,
      onStart(target, nowMs) {
        lateness.add(nowMs - target.dueMs);
        target.lastStartMs = nowMs;
      },
      onResult: (target, result, startedMs) => conclude(monitor, target, result, startedMs)
    })
  };
  const { targets, wheel, runner, counters } = monitor;
  let closed = false;
  return {
    watch(target) {
      if (!closed) watch(monitor, target);
    },
    unwatch: (instance) => drop(monitor, instance),
    get(instance) {
      const target = targets.get(instance);
      return target && { state: target.state, responseTimeMs: target.responseTimeMs };
    },
    onTransition: monitor.transitions.add,
    onCheck: monitor.checks.add,
    get size() {
      return targets.size;
    },
    stats: () => ({
      targets: targets.size,
      ...runner.counts(),
      ...counters,
      startLatenessMs: { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99) }
    }),
    close() {
      closed = true;
      wheel.close();
      runner.close();
      targets.clear();
    }
  };
}
function watch(monitor, target) {
  const present = monitor.targets.get(target.instance);
  if (present && sameEndpoint(present.endpoint, target.endpoint)) {
    if (samePolicy(present.policy, target.policy)) return;
    present.policy = target.policy;
    if (!monitor.runner.has(present)) plan(monitor, present);
    return;
  }
  drop(monitor, target.instance);
  const added = watchedTarget(target, monitor.clock.monotonic());
  monitor.targets.set(target.instance, added);
  plan(monitor, added);
}
function drop(monitor, instance) {
  const target = monitor.targets.get(instance);
  if (!target) return;
  monitor.targets.delete(instance);
  monitor.runner.withdraw(target);
  monitor.wheel.cancel(target);
}
function plan(monitor, target) {
  const next2 = nextProbe(target, target.state, target.policy, monitor.clock.monotonic(), monitor.random.next());
  monitor.counters.skipped += next2.skipped;
  monitor.wheel.schedule(target, next2.dueMs);
}
function conclude(monitor, target, found, startedMs) {
  const { clock, counters } = monitor;
  if (monitor.targets.get(target.instance) !== target) return;
  const nowMs = clock.monotonic();
  const circumstances = { startedMs, nowMs, overdueMs: monitor.wheel.overdueMs(), targets: monitor.targets.size };
  const result = monitor.doubts.judge(found, target.policy, circumstances);
  const before = target.state;
  target.state = nextHealth(before, result, target.policy, nowMs);
  if (result.kind === "pass") target.responseTimeMs = result.responseTimeMs;
  plan(monitor, target);
  if (result.kind === "inconclusive") {
    counters.inconclusive += 1;
    return;
  }
  counters.checks += 1;
  if (result.kind === "fail") counters.failures += 1;
  monitor.checks.tell(toRecord(target, result, clock.now()));
  if (target.state.status === before.status) return;
  counters.transitions += 1;
  monitor.transitions.tell(toTransition(target, before.status));
}
function toRecord({ deploymentId, instance }, result, checkedAt) {
  const { responseTimeMs } = result;
  return result.kind === "pass" ? { deploymentId, instance, status: "ok", responseTimeMs, load: result.load, errorMessage: void 0, checkedAt } : {
    deploymentId,
    instance,
    status: "error",
    responseTimeMs,
    load: void 0,
    errorMessage: result.message,
    checkedAt
  };
}
function toTransition({ instance, deploymentId, state }, from) {
  const serves = state.status === "healthy" || state.status === "degraded";
  const waited = from === "unknown" || from === "starting";
  return { instance, deploymentId, from, to: state.status, state, firstPass: serves && waited };
}

// packages/core/src/engine/health-recorder.ts
var flushMs = 1e3;
var bufferMax = 2e4;
function createHealthRecorder(deps) {
  let buffer = [];
  let stopTimer;
  let closed = false;
  let failing = false;
  const flush = async () => {
    stopTimer?.();
    stopTimer = void 0;
    const batch = buffer;
    if (batch.length === 0) return;
    buffer = [];
    try {
      await deps.store.addHealthChecks(batch);
      failing = false;
    } catch (thrown) {
      if (!failing) deps.logger.log("warn", "Health checks could not be stored", { error: String(thrown) });
      failing = true;
      buffer = [...batch, ...buffer].slice(-bufferMax);
      arm();
    }
  };
  const arm = () => {
    if (!closed) stopTimer ??= deps.clock.setTimer(flushMs, () => void flush());
  };
  return {
    add(record) {
      buffer.push(record);
      if (buffer.length > bufferMax) buffer.shift();
      arm();
    },
    flush,
    async close() {
      closed = true;
      await flush();
    }
  };
}

// packages/core/src/engine/host-loops.ts
var pageSize2 = 1e3;
var rereadEvery = 6;
var pruneMs = 6e5;
function startHostLoops(context, loop, options) {
  const { store, logger } = context;
  const stops = [];
  let closed = false;
  let problem;
  let rounds = 0;
  const loadAll = (shards) => loadShards(context, shards, () => closed);
  const resync = async () => {
    rounds += 1;
    try {
      await loop.look();
      problem = void 0;
    } catch (thrown) {
      const { message, code } = toMoorageError(thrown);
      if (problem !== message) logger.log("warn", `The engine cannot be looked at: ${message}`, { code });
      problem = message;
      return;
    }
    if (rounds % rereadEvery === 0) await loadAll(context.leases.held());
    else for (const { desired } of context.cache.all()) context.enqueue(desired.id, desired.tenant);
  };
  stops.push(repeat(context, options.resyncMs, resync));
  stops.push(repeat(context, pruneMs, () => store.prune(options.retention)));
  const unsubscribe = context.driver.watch?.({ owner: context.owner }, (id) => {
    const record = context.cache.get(id);
    if (closed || !record) return;
    loop.needsLook(id);
    context.enqueue(id, record.desired.tenant);
  });
  if (unsubscribe) stops.push(unsubscribe);
  return {
    loadAll,
    engineProblem: () => problem,
    close() {
      closed = true;
      for (const stop of stops) stop();
    }
  };
}
function repeat(context, everyMs2, run) {
  let stopped = false;
  let stopTimer = () => {
  };
  const arm = () => {
    if (stopped) return;
    stopTimer = context.clock.setTimer(everyMs2, () => {
      run().catch((thrown) => context.logger.log("warn", "A round of the host failed", { error: String(thrown) })).finally(arm);
    });
  };
  arm();
  return () => {
    stopped = true;
    stopTimer();
  };
}
async function loadShards(context, shards, isClosed) {
  const found = /* @__PURE__ */ new Set();
  let after;
  do {
    const page = await context.store.list({ shards }, { limit: pageSize2, after });
    for (const record of page.items) {
      found.add(record.desired.id);
      context.cache.put(record);
      context.enqueue(record.desired.id, record.desired.tenant);
    }
    after = page.next;
  } while (after !== void 0 && !isClosed());
  await leaveGone(context, shards, found);
}
async function leaveGone(context, shards, found) {
  const read = new Set(shards);
  for (const [id] of [...context.local.all()]) {
    if (found.has(id) || !read.has(shardOf(id))) continue;
    if (await context.store.read(id) === void 0) forgetDeployment(context, id);
  }
}

// packages/core/src/engine/http-transport.ts
import { Agent, request } from "node:http";

// packages/core/src/engine/loop-stall.ts
var beatMs = 20;
function loopStall(clock) {
  let measurements = 0;
  let stalledMs = 0;
  let expectedMs = 0;
  let cancel;
  const overdue = () => Math.max(0, clock.monotonic() - expectedMs);
  const beat = () => {
    expectedMs = clock.monotonic() + beatMs;
    cancel = clock.setTimer(beatMs, () => {
      stalledMs += overdue();
      cancel = void 0;
      if (measurements > 0) beat();
    });
  };
  return {
    start() {
      measurements += 1;
      if (!cancel) beat();
      const before = stalledMs + overdue();
      let ended2 = false;
      return () => {
        if (!ended2) measurements -= 1;
        ended2 = true;
        return Math.max(0, stalledMs + overdue() - before);
      };
    }
  };
}

// packages/core/src/engine/system-clock.ts
var longestTimerMs = 2 ** 31 - 1;
var systemClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, run) {
    let handle;
    const arm = (leftMs) => {
      const stepMs = Math.min(Math.max(leftMs, 0), longestTimerMs);
      handle = setTimeout(() => leftMs > stepMs ? arm(leftMs - stepMs) : run(), stepMs);
    };
    arm(Number.isNaN(delayMs) ? 0 : delayMs);
    return () => clearTimeout(handle);
  }
};

// packages/core/src/engine/http-transport.ts
var stallShare2 = 0.25;
function httpTransport(options = {}) {
  const agent = frugalAgent(options.maxIdleConnections ?? 256);
  const stall = loopStall(systemClock);
  const pending = /* @__PURE__ */ new Set();
  let closed = false;
  return {
    probe(endpoint, path, timeoutMs) {
      if (closed) return Promise.resolve(failed(0, "aborted", "The transport is closed"));
      return new Promise((resolve) => {
        const probe2 = startProbe({ endpoint, path, timeoutMs }, stall, (result) => {
          pending.delete(probe2);
          resolve(result);
        });
        pending.add(probe2);
        send(probe2, agent);
      });
    },
    async close() {
      closed = true;
      for (const probe2 of [...pending]) fail2(probe2, "aborted", "The transport was closed during the probe");
      agent.destroy();
    }
  };
}
function frugalAgent(maxIdle) {
  const agent = new Agent({ keepAlive: true, scheduling: "lifo" });
  const idle = /* @__PURE__ */ new Set();
  const watched = /* @__PURE__ */ new WeakSet();
  const keep = agent.keepSocketAlive.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  agent.keepSocketAlive = (socket) => {
    if (idle.size >= maxIdle || !keep(socket)) return false;
    idle.add(socket);
    if (!watched.has(socket)) socket.once("close", () => idle.delete(socket));
    watched.add(socket);
    return true;
  };
  agent.reuseSocket = (socket, used) => {
    idle.delete(socket);
    reuse(socket, used);
  };
  return agent;
}
function startProbe(target, stall, resolve) {
  const probe2 = {
    ...target,
    startedMs: systemClock.monotonic(),
    stalled: stall.start(),
    resolve,
    cancelTimer: () => void 0,
    request: void 0,
    response: void 0,
    retried: false,
    settled: false
  };
  probe2.cancelTimer = systemClock.setTimer(target.timeoutMs, () => {
    setImmediate(() => fail2(probe2, "timeout", `No answer within ${target.timeoutMs} ms`));
  });
  return probe2;
}
function send(probe2, agent) {
  const { endpoint, path } = probe2;
  try {
    const sent = request({
      host: endpoint.host,
      port: endpoint.port,
      path,
      agent,
      headers: { accept: "application/json", "user-agent": "moorage-health" }
    });
    probe2.request = sent;
    sent.on("response", (response) => readAnswer(probe2, response));
    sent.on("error", (error) => {
      if (sent.reusedSocket && !probe2.retried && !probe2.settled) {
        probe2.retried = true;
        send(probe2, agent);
      } else {
        fail2(probe2, error.code === "ECONNREFUSED" ? "refused" : "network", error.message);
      }
    });
    sent.end();
  } catch (error) {
    fail2(probe2, "network", error instanceof Error ? error.message : String(error));
  }
}
function readAnswer(probe2, response) {
  probe2.response = response;
  const chunks = [];
  let length = 0;
  const finish = () => judge2(probe2, response.statusCode ?? 0, Buffer.concat(chunks).subarray(0, maxHealthBodyBytes));
  response.on("data", (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < maxHealthBodyBytes) return;
    response.removeAllListeners("data");
    finish();
  });
  response.on("end", finish);
  response.on("error", () => fail2(probe2, "network", "The agent closed the connection in the middle of its answer"));
}
function judge2(probe2, statusCode, body) {
  const { verdict, load, message } = parseHealthBody(statusCode, body.toString("utf8"));
  const responseTimeMs = Math.max(0, elapsed(probe2) - Math.round(probe2.stalled()));
  const error = statusCode >= 200 && statusCode <= 299 ? "body" : "status";
  settle(
    probe2,
    verdict === "fail" ? failed(responseTimeMs, error, message ?? `answered ${statusCode}`) : { kind: "pass", responseTimeMs, load, warn: verdict === "warn" }
  );
}
function fail2(probe2, error, message) {
  if (probe2.settled) return;
  const elapsedMs = elapsed(probe2);
  const lateMs = error === "timeout" ? elapsedMs - probe2.timeoutMs : 0;
  const stalledMs = Math.round(Math.max(probe2.stalled(), lateMs));
  const inconclusive = error !== "aborted" && stalledMs > probe2.timeoutMs * stallShare2;
  settle(
    probe2,
    inconclusive ? { kind: "inconclusive", reason: `Our own event loop was blocked for ${stalledMs} ms during the probe` } : failed(elapsedMs, error, message)
  );
}
function settle(probe2, result) {
  if (probe2.settled) return;
  probe2.settled = true;
  probe2.cancelTimer();
  probe2.stalled();
  if (!probe2.response?.complete) probe2.request?.destroy();
  probe2.resolve(result);
}
function elapsed(probe2) {
  return Math.round((systemClock.monotonic() - probe2.startedMs) * 10) / 10;
}
function failed(responseTimeMs, error, message) {
  return { kind: "fail", responseTimeMs, error, message };
}

// packages/core/src/engine/in-flight.ts
var none2 = /* @__PURE__ */ new Map();
function createInFlight() {
  const kinds = /* @__PURE__ */ new Map();
  const aborts = /* @__PURE__ */ new Map();
  const idlers = [];
  return {
    begin(id, name, kind) {
      const mine = kinds.get(id) ?? /* @__PURE__ */ new Map();
      if (mine.has(name)) return void 0;
      const abort = new AbortController();
      mine.set(name, kind);
      kinds.set(id, mine);
      aborts.set(name, abort);
      return {
        signal: abort.signal,
        end() {
          mine.delete(name);
          if (mine.size === 0 && kinds.get(id) === mine) kinds.delete(id);
          aborts.delete(name);
          if (aborts.size === 0) for (const resolve of idlers.splice(0)) resolve();
        }
      };
    },
    of: (id) => kinds.get(id) ?? none2,
    abortCreates(id) {
      for (const [name, kind] of kinds.get(id) ?? none2) if (kind === "create") aborts.get(name)?.abort();
    },
    abortAll() {
      for (const abort of aborts.values()) abort.abort();
    },
    size: () => aborts.size,
    idle: () => aborts.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))
  };
}

// packages/core/src/engine/let-go.ts
function letGoShards(context, shards) {
  const lost = new Set(shards);
  for (const [id] of [...context.local.all()]) {
    if (!lost.has(shardOf(id))) continue;
    context.inFlight.abortCreates(id);
    leaveDeployment(context, id);
    context.cache.forget(id);
  }
  context.logger.log("info", "Another host takes over a share of the work", { shards: shards.length });
}

// packages/core/src/engine/own-commits.ts
var echoMs = 500;
function withoutEcho(store, clock) {
  const recent = /* @__PURE__ */ new Map();
  const commit = async (change) => {
    const entry = recent.get(change.deploymentId) ?? { pending: 0, until: 0 };
    entry.pending += 1;
    recent.set(change.deploymentId, entry);
    try {
      return await store.commit(change);
    } finally {
      entry.pending -= 1;
      entry.until = clock.monotonic() + echoMs;
      sweep(clock.monotonic());
    }
  };
  const sweep = (now) => {
    for (const [id, entry] of recent) {
      if (entry.pending > 0 || entry.until > now) break;
      recent.delete(id);
    }
  };
  return {
    ...store,
    commit,
    watchOthers: (hint) => store.watch((id) => {
      const entry = recent.get(id);
      if (entry && (entry.pending > 0 || entry.until > clock.monotonic())) return;
      hint(id);
    })
  };
}

// packages/core/src/engine/safe-logger.ts
function safeLogger(logger) {
  return {
    log(level, message, fields) {
      try {
        logger?.log(level, message, fields);
      } catch {
      }
    }
  };
}

// packages/core/src/decide/share-of.ts
function shareOf(hostId, alive) {
  const hosts = alive.includes(hostId) ? alive : [...alive, hostId];
  const share = /* @__PURE__ */ new Set();
  for (let shard = 0; shard < shardCount; shard += 1) {
    let winner = hostId;
    let best = -1;
    for (const host of hosts) {
      const score = hash32(`${host}/${shard}`);
      if (score > best || score === best && host > winner) {
        winner = host;
        best = score;
      }
    }
    if (winner === hostId) share.add(shard);
  }
  return share;
}
function hash32(text2) {
  let hash = 2166136261;
  for (let index = 0; index < text2.length; index += 1) {
    hash = Math.imul(hash ^ text2.charCodeAt(index), 16777619);
  }
  hash = Math.imul(hash ^ hash >>> 16, 2246822507);
  hash = Math.imul(hash ^ hash >>> 13, 3266489909);
  return (hash ^ hash >>> 16) >>> 0;
}

// packages/core/src/engine/shard-leases.ts
function createShardLeases(deps) {
  let fences = /* @__PURE__ */ new Map();
  let validUntilMs = 0;
  let closed = false;
  let stopTimer = () => {
  };
  let running;
  const round = async () => {
    const startedMs = deps.clock.monotonic();
    const share = shareOf(deps.hostId, await deps.store.holders());
    const surplus = [...fences.keys()].filter((shard) => !share.has(shard));
    if (surplus.length > 0) {
      for (const shard of surplus) fences.delete(shard);
      deps.onLost(surplus);
      await deps.store.acquireLeases(deps.hostId, surplus, 0);
    }
    const got = await deps.store.acquireLeases(deps.hostId, [...share], deps.leaseMs);
    if (closed) return;
    const lapsed = startedMs > validUntilMs;
    validUntilMs = startedMs + deps.leaseMs;
    const next2 = new Map(got.map((fence) => [fence.shard, fence]));
    const gained = [...next2.values()].filter((fence) => lapsed || fences.get(fence.shard)?.token !== fence.token);
    const lost = [...fences.keys()].filter((shard) => !next2.has(shard));
    fences = next2;
    if (lost.length > 0) deps.onLost(lost);
    if (gained.length > 0) deps.onGained(gained.map((fence) => fence.shard));
  };
  const renew = () => {
    running ??= round().finally(() => {
      running = void 0;
    });
    return running;
  };
  const tick = () => {
    stopTimer = deps.clock.setTimer(Math.max(50, Math.floor(deps.leaseMs / 3)), () => {
      renew().catch((thrown) => deps.logger.log("warn", "The leases could not be renewed", { error: String(thrown) })).finally(() => {
        if (!closed) tick();
      });
    });
  };
  tick();
  return {
    fenceFor: (id) => !closed && deps.clock.monotonic() < validUntilMs ? fences.get(shardOf(id)) : void 0,
    held: () => [...fences.keys()],
    renew,
    async close() {
      closed = true;
      stopTimer();
      await running?.catch(() => void 0);
      if (fences.size > 0) await deps.store.releaseLeases(deps.hostId).catch(() => void 0);
      fences.clear();
    }
  };
}

// packages/core/src/engine/system-random.ts
import { randomBytes } from "node:crypto";
var alphabet = "abcdefghijklmnopqrstuvwxyz234567";
var systemRandom = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  // 32 divides 256, so the low five bits of a random byte are uniform.
  id: (length) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join("")
};

// packages/core/src/engine/usage-sampler.ts
function createUsageSampler(deps) {
  const samples = /* @__PURE__ */ new Map();
  const closing = new AbortController();
  const { usage } = deps.driver;
  let stopTimer = () => {
  };
  const round = async () => {
    const names = deps.running();
    if (names.length === 0 || !usage) return;
    const found = await usage.call(deps.driver, names, { owner: deps.owner, signal: closing.signal });
    for (const sample2 of found) {
      const kept = samples.get(sample2.instance) ?? [];
      kept.push(sample2);
      if (kept.length > incidentUsageSamples) kept.shift();
      samples.set(sample2.instance, kept);
    }
    const alive = new Set(names);
    for (const name of samples.keys())
      if (!alive.has(name) && !found.some((one) => one.instance === name)) samples.delete(name);
  };
  const tick = () => {
    stopTimer = deps.clock.setTimer(deps.intervalMs, () => {
      round().catch((thrown) => deps.logger.log("debug", "Usage could not be measured", { error: String(thrown) })).finally(() => {
        if (!closing.signal.aborted) tick();
      });
    });
  };
  if (usage && deps.driver.capabilities.usage.length > 0) tick();
  return {
    samplesOf: (instance) => samples.get(instance) ?? [],
    close() {
      closing.abort();
      stopTimer();
    }
  };
}

// packages/core/src/engine/delays.ts
function createDelays(clock) {
  const all = /* @__PURE__ */ new Map();
  const cancel = (id) => {
    all.get(id)?.stop();
    all.delete(id);
  };
  return {
    set(id, delayMs, run) {
      const at = clock.monotonic() + delayMs;
      const there = all.get(id);
      if (there && there.at <= at) return;
      there?.stop();
      const stop = clock.setTimer(delayMs, () => {
        all.delete(id);
        run();
      });
      all.set(id, { at, stop });
    },
    cancel,
    clear() {
      for (const id of [...all.keys()]) cancel(id);
    }
  };
}

// packages/core/src/engine/fair-lines.ts
function createFairLines() {
  const lines = /* @__PURE__ */ new Map();
  const all = /* @__PURE__ */ new Set();
  return {
    add(id, tenant) {
      if (all.has(id)) return;
      all.add(id);
      const line = lines.get(tenant);
      if (line) line.push(id);
      else lines.set(tenant, [id]);
    },
    has: (id) => all.has(id),
    next() {
      for (const [tenant, ids] of lines) {
        const id = ids.shift();
        lines.delete(tenant);
        if (id === void 0) continue;
        if (ids.length > 0) lines.set(tenant, ids);
        all.delete(id);
        return { id, tenant };
      }
      return void 0;
    },
    size: () => all.size,
    clear() {
      lines.clear();
      all.clear();
    }
  };
}

// packages/core/src/engine/work-queue.ts
function createWorkQueue(options) {
  const waiting3 = createFairLines();
  const active = /* @__PURE__ */ new Map();
  const delays = createDelays(options.clock);
  let idlers = [];
  let closed = false;
  const pump = () => {
    while (!closed && active.size < options.concurrency) {
      const found = waiting3.next();
      if (!found) break;
      const { id, tenant } = found;
      const turn = { again: false };
      active.set(id, turn);
      void options.work(id, tenant).finally(() => {
        active.delete(id);
        if (turn.again) add2(id, tenant);
        pump();
        tellIdle();
      });
    }
  };
  const tellIdle = () => {
    if (active.size > 0 || !closed && waiting3.size() > 0) return;
    for (const resolve of idlers.splice(0)) resolve();
  };
  const add2 = (id, tenant) => {
    if (closed) return;
    delays.cancel(id);
    const turn = active.get(id);
    if (turn) {
      turn.again = true;
      return;
    }
    waiting3.add(id, tenant);
    pump();
  };
  const addAfter = (id, tenant, delayMs) => {
    if (!closed && !waiting3.has(id)) delays.set(id, delayMs, () => add2(id, tenant));
  };
  const idle = () => active.size === 0 && waiting3.size() === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
  return {
    add: add2,
    addAfter,
    forget: (id) => delays.cancel(id),
    size: () => waiting3.size() + active.size,
    idle,
    async close() {
      closed = true;
      delays.clear();
      waiting3.clear();
      if (active.size > 0) await new Promise((resolve) => idlers.push(resolve));
      idlers = [];
    }
  };
}

// packages/core/src/engine/follow-logs.ts
var discoverMs = 500;
async function* readLogs(context, id, listNames, options) {
  const tail = checkTail(options.tail);
  if (!context.driver.logs) {
    throw new MoorageError("unsupported", `The driver "${context.driver.name}" has no logs`, {
      operation: "deployment.logs"
    });
  }
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, ...options.signal ? [options.signal] : []]);
  const names = async () => (await listNames()).filter((name) => options.instance === void 0 || name === options.instance);
  try {
    if (options.follow) yield* followAll(context, id, names, { ...options, tail }, signal);
    else yield* readOnce(context, await names(), { ...options, tail }, signal);
  } finally {
    abort.abort();
  }
}
function checkTail(tail) {
  if (tail === void 0 || Number.isInteger(tail) && tail >= 0 && tail <= maxLogTail) return tail;
  throw new MoorageError(
    "invalid_argument",
    `Cannot read the logs: tail is ${tail}, it must be a whole number from 0 to ${maxLogTail}`,
    {
      operation: "deployment.logs",
      context: { field: "tail", value: tail, limit: maxLogTail }
    }
  );
}
async function* readOnce(context, names, options, signal) {
  const all = await Promise.all(
    names.map(async (name) => {
      const lines = [];
      try {
        for await (const line of linesOf(context, name, options, false, signal)) lines.push(line);
      } catch (thrown) {
        if (toMoorageError(thrown).code !== "not_found") throw thrown;
      }
      return lines;
    })
  );
  const sorted = all.flat().sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  yield* options.tail === void 0 ? sorted : options.tail === 0 ? [] : sorted.slice(-options.tail);
}
function linesOf(context, name, options, follow, signal) {
  const { driver, owner } = context;
  if (!driver.logs) throw new MoorageError("unsupported", `The driver "${driver.name}" has no logs`);
  return driver.logs(name, { owner, signal, follow, tail: options.tail, since: options.since });
}
async function* followAll(context, id, names, options, signal) {
  const readers = /* @__PURE__ */ new Map();
  const pending = /* @__PURE__ */ new Map();
  const done = /* @__PURE__ */ new Set();
  const pull = (name, reader) => {
    const step3 = reader.next().then(
      (result) => ({ name, result }),
      () => ({ name, result: void 0 })
    );
    pending.set(name, step3);
  };
  let first = true;
  try {
    while (!signal.aborted) {
      for (const name of await names()) {
        if (readers.has(name) || done.has(name)) continue;
        const from = first ? options : { ...options, tail: void 0, since: void 0 };
        const reader2 = linesOf(context, name, from, true, signal)[Symbol.asyncIterator]();
        readers.set(name, reader2);
        pull(name, reader2);
      }
      first = false;
      const wake = wakeUp(context, id, signal);
      const step3 = await Promise.race([...pending.values(), wake.happened]);
      wake.stop();
      if (!step3) continue;
      const reader = readers.get(step3.name);
      if (!step3.result || step3.result.done || !reader) {
        pending.delete(step3.name);
        readers.delete(step3.name);
        done.add(step3.name);
        continue;
      }
      pull(step3.name, reader);
      yield step3.result.value;
    }
  } finally {
    for (const reader of readers.values()) void reader.return?.()?.catch(() => void 0);
  }
}
function wakeUp(context, id, signal) {
  let stop = () => {
  };
  const happened = new Promise((resolve) => {
    const end = () => resolve(void 0);
    const off = context.cache.onChange(id, end);
    const stopTimer = context.clock.setTimer(discoverMs, end);
    signal.addEventListener("abort", end, { once: true });
    stop = () => {
      off();
      stopTimer();
      signal.removeEventListener("abort", end);
    };
  });
  return { happened, stop };
}

// packages/core/src/engine/wait-until.ts
var pollMs2 = 1e3;
async function waitUntil(options) {
  const { clock, signal, operation: operation2 } = options;
  const deadline = clock.monotonic() + options.timeoutMs;
  for (; ; ) {
    if (signal?.aborted) throw new MoorageError("cancelled", `${operation2} was cancelled`, { operation: operation2 });
    const change = nextChange(options, Math.max(0, Math.min(pollMs2, deadline - clock.monotonic())));
    try {
      const found = await options.check();
      if (found !== void 0) return found;
      if (clock.monotonic() >= deadline) {
        throw new MoorageError("timeout", `Not there after ${options.timeoutMs} ms: ${options.describe()}`, {
          operation: operation2
        });
      }
      await change.happened;
    } finally {
      change.stop();
    }
  }
}
function nextChange(options, timeoutMs) {
  let stop = () => {
  };
  const happened = new Promise((resolve) => {
    const off = options.onChange(() => resolve());
    const stopTimer = options.clock.setTimer(timeoutMs, resolve);
    const onAbort = () => resolve();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    stop = () => {
      off();
      stopTimer();
      options.signal?.removeEventListener("abort", onAbort);
    };
  });
  return { happened, stop };
}

// packages/core/src/engine/deployment-handle.ts
function createHandle(deps, record, tenant) {
  const { context, desired } = deps;
  const { id, agentId } = record.desired;
  const { store } = context;
  const access = { tenant };
  const now = () => context.cache.get(id) ?? record;
  const handle = {
    id,
    tenant: record.desired.tenant,
    agentId,
    get address() {
      const url = context.frontDoor.url(record.address.id);
      if (url) return url;
      throw new MoorageError("unavailable", `The address of ${id} is not open yet: await ready()`, {
        context: { deploymentId: id }
      });
    },
    get health() {
      return deps.view(now()).health;
    },
    get phase() {
      return now().status.phase;
    },
    async view() {
      const found = await desired.read(id, access);
      await deps.firstLook();
      return deps.view(found);
    },
    async ready(options = {}) {
      await waitReady(deps, id, tenant, options);
      return handle;
    },
    gone: (options = {}) => waitGone(deps, id, options),
    async update(manifest, by) {
      const warnings = await desired.update(id, manifest, { ...access, ...by });
      return { deployment: handle, warnings };
    },
    scale: (instances, by) => desired.scale(id, instances, { ...access, ...by }),
    park: (depth, by) => desired.park(id, depth, { ...access, ...by }),
    unpark: (by) => desired.unpark(id, { ...access, ...by }),
    restart: (by) => desired.restart(id, { ...access, ...by }),
    remove: (by) => desired.remove(id, { ...access, ...by }),
    logs: (options = {}) => readLogs(context, id, () => deps.instanceNames(id), options),
    usage: (options = {}) => usageOf(deps, id, options.signal),
    incidents: (limit = 100) => store.incidents({ deploymentId: id }, limit),
    healthChecks: (limit = 100) => store.healthChecks(id, limit),
    scalingEvents: (limit = 100) => store.scalingEvents(id, limit),
    audit: () => store.audit(id),
    events: (options = {}) => context.feed.read({ ...options, deploymentId: id })
  };
  return handle;
}
async function usageOf(deps, id, signal) {
  const { driver, owner } = deps.context;
  if (!driver.usage) {
    throw new MoorageError("unsupported", `The driver "${driver.name}" cannot measure usage`, {
      operation: "deployment.usage"
    });
  }
  return driver.usage(await deps.instanceNames(id), { owner, signal: signal ?? new AbortController().signal });
}
async function current(context, id) {
  if (context.cache.isDropped(id)) return void 0;
  const cached = context.cache.get(id);
  if (cached && context.leases.fenceFor(id)) return cached;
  const record = await context.store.read(id);
  if (record) context.cache.put(record);
  return record;
}
async function waitReady(deps, id, tenant, options) {
  const { context } = deps;
  const start = await deps.desired.read(id, { tenant });
  let last = start;
  await waitUntil({
    operation: "deployment.ready",
    clock: context.clock,
    timeoutMs: options.timeoutMs ?? defaultReadyTimeoutMs,
    signal: options.signal,
    onChange: (listener) => context.cache.onChange(id, listener),
    describe: () => context.local.peek(id)?.problem ?? last.status.reason,
    async check() {
      const record = await current(context, id);
      if (!record || record.desired.deletedAt !== void 0) throw notFound(id);
      last = record;
      return isReady(context, record, start.desired.generation) ? true : void 0;
    }
  });
}
function isReady(context, record, generation) {
  const { desired, status } = record;
  if (status.observedGeneration < Math.max(generation, desired.generation)) return false;
  const facts = { deploymentId: desired.id, phase: status.phase, reason: status.reason };
  if (status.failedHash === desired.templateHash) {
    throw new MoorageError("conflict", `${desired.id} was not rolled out. ${status.reason}`, {
      operation: "deployment.ready",
      retryable: false,
      context: facts
    });
  }
  if (status.phase === "failed") {
    throw new MoorageError("unavailable", `${desired.id} has failed. ${status.reason}`, {
      operation: "deployment.ready",
      context: facts
    });
  }
  if (status.phase === "parked") {
    throw new MoorageError("conflict", `${desired.id} is parked: unpark it first`, {
      operation: "deployment.ready",
      retryable: false,
      context: facts
    });
  }
  if (status.phase !== "ready") return false;
  const worksHere = context.leases.fenceFor(desired.id) !== void 0;
  return !worksHere || desired.replicas === 0 || Boolean(context.frontDoor.url(record.address.id));
}
async function waitGone(deps, id, options) {
  const { context } = deps;
  let words2 = "it is not being deleted";
  await waitUntil({
    operation: "deployment.gone",
    clock: context.clock,
    timeoutMs: options.timeoutMs ?? defaultReadyTimeoutMs,
    signal: options.signal,
    onChange: (listener) => context.cache.onChange(id, listener),
    describe: () => context.local.peek(id)?.problem ?? words2,
    async check() {
      const record = await current(context, id);
      words2 = record?.status.reason ?? words2;
      return record ? void 0 : true;
    }
  });
}

// packages/core/src/engine/deployment-view.ts
var order = ["healthy", "degraded", "starting", "unknown", "unhealthy"];
function viewOf(context, record, observed) {
  const instances = observed.map((instance) => viewInstance(context, instance));
  const { status, desired } = record;
  const running = instances.filter((one) => one.observed.state === "running");
  const times = running.flatMap((one) => one.responseTimeMs === void 0 ? [] : [one.responseTimeMs]);
  const loads = running.flatMap((one) => one.load === void 0 ? [] : [one.load]);
  return {
    record,
    phase: desired.deletedAt === void 0 ? status.phase : "deleting",
    reason: context.local.peek(desired.id)?.problem ?? status.reason,
    health: healthOf2(record, running),
    responseTimeMs: times.length === 0 ? void 0 : Math.max(...times),
    load: loads.length === 0 ? void 0 : loads.reduce((sum2, load) => sum2 + load, 0) / loads.length,
    lastError: running.find((one) => one.lastError !== void 0)?.lastError,
    url: context.frontDoor.url(record.address.id),
    instances
  };
}
function healthOf2(record, running) {
  if (running.length === 0) return record.status.phase === "failed" ? "unhealthy" : "unknown";
  const best = order.find((status) => running.some((one) => one.health === status)) ?? "unknown";
  const worst = [...order].reverse().find((status) => running.some((one) => one.health === status)) ?? "unknown";
  if (best === "healthy" && worst !== "healthy") return "degraded";
  return best;
}
function viewInstance(context, observed) {
  const known = context.monitor.get(observed.name);
  return {
    observed,
    health: known?.state.status ?? "unknown",
    responseTimeMs: known?.responseTimeMs,
    load: known?.state.load,
    lastError: known?.state.lastError,
    usage: context.samplesOf(observed.name).at(-1)
  };
}

// packages/core/src/decide/change-desired.ts
function checkReplicas(instances) {
  if (typeof instances === "number" && Number.isInteger(instances)) {
    if (instances >= 0 && instances <= maxInstancesPerDeployment) return instances;
  }
  throw new MoorageError(
    "invalid_argument",
    `Cannot scale to "${String(instances)}": instances must be a whole number from 0 to ${maxInstancesPerDeployment}`,
    {
      operation: "deployment.scale",
      context: { field: "instances", value: instances, limit: maxInstancesPerDeployment }
    }
  );
}
var scaleTo = (replicas) => (desired, now) => desired.replicas === replicas ? void 0 : next(desired, now, { replicas });
var parkAt = (depth) => (desired, now) => desired.parked === depth ? void 0 : next(desired, now, { parked: depth });
var unparkNow = (desired, now) => desired.parked === false ? void 0 : next(desired, now, { parked: false });
var restartNow = (desired, now) => next(desired, now, { restartEpoch: desired.restartEpoch + 1, parked: false });
var deleteNow = (desired, now) => desired.deletedAt === void 0 ? next(desired, now, { deletedAt: now }) : void 0;
var updateTo = (version2) => (desired, now) => {
  const sameHash = version2.templateHash === desired.templateHash;
  const sameRest = JSON.stringify([version2.manifest, version2.health, version2.rolloutDeadlineMs]) === JSON.stringify([desired.manifest, desired.health, desired.rolloutDeadlineMs]);
  return sameHash && sameRest ? void 0 : next(desired, now, version2);
};
function next(desired, now, change) {
  return { ...desired, ...change, generation: desired.generation + 1, updatedAt: now };
}

// packages/core/src/engine/deploy.ts
import { createHash as createHash2 } from "node:crypto";

// packages/core/src/decide/canonical-json.ts
function canonicalJson(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (hasToJson(value)) return canonicalJson(value.toJSON());
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === void 0 || typeof member === "function" || typeof member === "symbol") continue;
    members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}
function hasToJson(value) {
  return typeof value.toJSON === "function";
}

// packages/core/src/decide/initial-status.ts
function initialStatus(at) {
  return {
    phase: "pending",
    reason: "Waiting for its first look at the engine",
    observedGeneration: 0,
    observedRestartEpoch: 0,
    slots: [],
    readyInstances: 0,
    lastReady: void 0,
    failedHash: void 0,
    failedReason: void 0,
    rollout: void 0,
    stateLost: false,
    updatedAt: at
  };
}

// packages/core/src/decide/check-capabilities.ts
function checkCapabilities(template, capabilities, driver) {
  for (const need of needs(template, capabilities)) {
    if (need.met) continue;
    return new MoorageError(
      "unsupported",
      `Cannot deploy "${template.agentId}" on the driver "${driver}": ${need.field} needs ${need.feature}, which it has not; ${need.wayOut}`,
      { operation: "host.deploy", context: { driver, field: need.field, feature: need.feature } }
    );
  }
  return void 0;
}
function needs(template, has) {
  const limit = (name, wanted) => ({
    met: wanted === void 0 || has.limits[name],
    field: `runtime.resources.${name}`,
    feature: `an enforced ${name} limit`,
    wayOut: "leave the limit out, or use a driver that enforces it"
  });
  const fields = { image: "runtime.image", build: "runtime.build", program: "runtime.entrypoint" };
  const kind = template.source.kind;
  return [
    {
      met: has.sources.includes(kind),
      field: fields[kind],
      feature: `agents from ${kind === "program" ? "a local program" : kind === "build" ? "a build context" : "an image"}`,
      wayOut: `give ${has.sources.map((source) => fields[source] ?? source).join(" or ")}`
    },
    {
      met: !template.isolated || has.isolation,
      field: "runtime.network.isolated",
      feature: "walls between tenants",
      wayOut: "use Docker or Kubernetes, or set it to false for code that you trust"
    },
    {
      met: template.egress !== "none" || has.egressControl,
      field: "runtime.network.egress",
      feature: "control of outgoing traffic",
      wayOut: 'set it to "internet", or use a driver that controls it'
    },
    {
      met: template.volumes.length === 0 || has.volumes,
      field: "runtime.state.volumes",
      feature: "volumes",
      wayOut: "leave the volumes out, or use a driver that has them"
    },
    limit("cpu", template.resources.cpuMillis),
    limit("memory", template.resources.memoryBytes),
    limit("disk", template.resources.diskBytes),
    limit("pids", template.resources.pids)
  ];
}

// packages/core/src/decide/template-hash.ts
import { createHash } from "node:crypto";
function templateHash(template) {
  const env = template.env.map(
    (entry) => "secret" in entry ? { name: entry.name, secretVersion: entry.secret.version } : entry
  );
  return createHash("sha256").update(canonicalJson({ ...template, env })).digest("hex").slice(0, 16);
}

// packages/core/src/decide/to-health-policy.ts
function toHealthPolicy(manifest) {
  const probes = manifest.runtime?.probes ?? {};
  const intervalMs = probes.interval_ms ?? 1e4;
  return {
    path: manifest.runtime?.health_path ?? "/health",
    intervalMs,
    timeoutMs: probes.timeout_ms ?? Math.min(2e3, Math.max(10, intervalMs - 1)),
    failureThreshold: probes.failure_threshold ?? 3,
    successThreshold: probes.success_threshold ?? 1,
    startPeriodMs: probes.start_period_ms ?? 3e4,
    degradedLatencyMs: probes.degraded_latency_ms,
    degradedLoad: probes.degraded_load
  };
}

// packages/core/src/decide/to-template.ts
function toTemplate(manifest, secrets) {
  const runtime = manifest.runtime ?? {};
  const limits = runtime.resources ?? {};
  const memory = limits.memory ?? (runtime.memory_mb === void 0 ? void 0 : `${runtime.memory_mb}Mi`);
  return {
    agentId: manifest.agent_id,
    source: sourceOf(manifest.agent_id, runtime),
    command: runtime.command,
    env: (runtime.env ?? []).map((variable) => toEnv(variable, secrets)),
    port: runtime.port ?? 8080,
    healthPath: runtime.health_path ?? "/health",
    resources: {
      cpuMillis: limits.cpu === void 0 ? void 0 : parseCpu(limits.cpu),
      memoryBytes: memory === void 0 ? void 0 : parseBytes(memory),
      diskBytes: limits.disk === void 0 ? void 0 : parseBytes(limits.disk),
      pids: limits.pids
    },
    user: runtime.user ?? "65534:65534",
    readOnlyRoot: runtime.read_only_root ?? true,
    isolated: runtime.network?.isolated ?? false,
    egress: runtime.network?.egress ?? "internet",
    peers: runtime.network?.peers ?? [],
    volumes: runtime.state?.volumes ?? [],
    graceMs: runtime.grace_ms ?? 1e4
  };
}
function sourceOf(agentId, runtime) {
  if (runtime.build) {
    const image = runtime.image ?? `moorage/${agentId.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}:latest`;
    return {
      kind: "build",
      image,
      context: runtime.build.context,
      dockerfile: runtime.build.dockerfile ?? "Dockerfile"
    };
  }
  if (runtime.image !== void 0) return { kind: "image", image: runtime.image };
  if (runtime.entrypoint !== void 0 || runtime.command !== void 0) {
    return {
      kind: "program",
      language: runtime.language ?? "node",
      version: runtime.version,
      entrypoint: runtime.entrypoint ?? ""
    };
  }
  throw new MoorageError(
    "invalid_argument",
    "Cannot run the agent: runtime.image is missing; give an image, or runtime.language and runtime.entrypoint for a local program",
    { operation: "host.deploy", context: { field: "runtime.image" } }
  );
}
function toEnv(variable, secrets) {
  const sealed = variable.secret ? secrets.get(variable.name) : void 0;
  return sealed ? { name: variable.name, secret: sealed } : { name: variable.name, value: variable.value };
}

// packages/core/src/engine/version-of.ts
var defaultRolloutDeadlineMs = 3e5;
function versionOf(context, input, id, before) {
  const { manifest, warnings } = parseManifest(input);
  const secrets = sealSecrets(manifest, id, before?.template, context.secrets);
  const template = toTemplate(manifest, secrets);
  const refusal2 = checkCapabilities(template, context.driver.capabilities, context.driver.name);
  if (refusal2) throw refusal2;
  const version2 = {
    manifest: withoutSecrets(manifest),
    template,
    templateHash: templateHash(template),
    health: toHealthPolicy(manifest),
    rolloutDeadlineMs: manifest.runtime?.rollout_deadline_ms ?? defaultRolloutDeadlineMs
  };
  return { version: version2, warnings };
}

// packages/core/src/engine/deploy.ts
async function deploy(context, input, options) {
  const tenant = checkText("tenant", options.tenant);
  const id = `d-${context.random.id(16)}`;
  const { version: version2, warnings } = versionOf(context, input, id, void 0);
  const name = checkText("name", options.name ?? version2.manifest.agent_id);
  const replicas = checkReplicas(options.replicas ?? version2.manifest.runtime?.scaling?.min ?? 1);
  const request3 = { manifest: version2.manifest, tenant, name, replicas };
  const fingerprint = createHash2("sha256").update(canonicalJson(request3)).digest("hex");
  const earlier = await sameRequest(context, tenant, options.idempotencyKey, fingerprint);
  if (earlier) return { record: earlier, created: false, warnings };
  const desired = firstWish(context, { id, tenant, name, replicas, version: version2 });
  try {
    const result = await context.store.commit(firstCommit(context, desired, options, fingerprint));
    await context.crash("desired-committed", id);
    settleCommit(context, id, tenant, result);
    if (!result.record) throw notFound(id);
    return { record: result.record, created: true, warnings };
  } catch (thrown) {
    const there = isMoorageError(thrown) && thrown.code === "already_exists" ? thrown.context.deploymentId : void 0;
    if (typeof there !== "string") throw thrown;
    return takeExisting(context, there, input, { name, tenant, cause: thrown });
  }
}
function firstWish(context, asked) {
  const now = context.clock.now();
  const { id, tenant, name, replicas, version: version2 } = asked;
  return {
    ...version2,
    ...{ id, tenant, name, replicas },
    agentId: version2.manifest.agent_id,
    generation: 1,
    parked: false,
    restartEpoch: 0,
    deletedAt: void 0,
    createdAt: now,
    updatedAt: now
  };
}
function firstCommit(context, desired, options, fingerprint) {
  const { id, tenant, agentId, name, replicas, templateHash: templateHash2, createdAt } = desired;
  const actor = options.actor ?? "operator";
  const cause = `asked for by ${actor}`;
  const key = options.idempotencyKey;
  return {
    deploymentId: id,
    expectedRevision: "absent",
    desired,
    status: initialStatus(createdAt),
    address: { id: `a-${context.random.id(16)}`, ports: context.frontDoor.needsPort ? context.ports : void 0 },
    quota: context.quotaOf(tenant),
    events: [
      {
        type: "deployment-created",
        ...{ deploymentId: id, tenant, agentId },
        message: `Deployed by ${actor}`,
        data: { generation: 1, replicas }
      }
    ],
    audit: [{ actor, action: "deploy", cause, details: { name, replicas, templateHash: templateHash2 } }],
    ...key === void 0 ? {} : { idempotency: { tenant, key, fingerprint, deploymentId: id, createdAt } }
  };
}
async function takeExisting(context, id, input, asked) {
  const { name, tenant, cause } = asked;
  const record = await context.store.read(id);
  if (!record || record.desired.deletedAt !== void 0) {
    throw new MoorageError("conflict", `Deployment "${name}" was removed at this moment: try again`, { cause });
  }
  const { version: version2, warnings } = versionOf(context, input, id, record.desired);
  if (version2.templateHash !== record.desired.templateHash) {
    const wayOut = `PUT /v1/containers/${id}`;
    throw new MoorageError(
      "already_exists",
      `Cannot deploy "${name}": ${tenant} has it already in another version (${id}); update it (${wayOut}), or deploy under another name`,
      { operation: "host.deploy", context: { deploymentId: id, name, way_out: wayOut }, cause }
    );
  }
  context.cache.put(record);
  context.enqueue(id, tenant);
  return { record, created: false, warnings };
}
async function sameRequest(context, tenant, key, fingerprint) {
  if (key === void 0) return void 0;
  checkText("idempotencyKey", key);
  const earlier = await context.store.findIdempotent(tenant, key);
  if (!earlier) return void 0;
  if (earlier.fingerprint !== fingerprint) {
    throw new MoorageError(
      "conflict",
      "Cannot use the idempotency key: another request used it before; take a new key for a new request",
      { operation: "host.deploy", retryable: false, context: { field: "idempotencyKey" } }
    );
  }
  const record = await context.store.read(earlier.deploymentId);
  if (!record) throw notFound(earlier.deploymentId);
  return record;
}
function checkText(field, value) {
  if (typeof value === "string" && value.length >= 1 && value.length <= maxNameLength && !value.includes("\0")) {
    return value;
  }
  throw new MoorageError(
    "invalid_argument",
    `Cannot deploy: ${field} must be a text of 1 to ${maxNameLength} characters without NUL`,
    { operation: "host.deploy", context: { field, limit: maxNameLength } }
  );
}

// packages/core/src/engine/desired-state.ts
var commitTries = 8;
function createDesiredStates(context) {
  const read = (id, access) => readRecord(context, id, access);
  const change = (id, access, words2, decide) => changeWish(context, id, access, words2, decide);
  return {
    read,
    deploy: (input, options) => deploy(context, input, options),
    async update(id, input, access) {
      let told = [];
      await change(id, access, { type: "deployment-updated", action: "update" }, (record) => {
        const { version: version2, warnings } = versionOf(context, input, id, record.desired);
        told = warnings;
        const { manifest } = version2;
        if (manifest.agent_id !== record.desired.agentId) {
          throw new MoorageError(
            "invalid_argument",
            `Cannot update "${record.desired.agentId}": agent_id is "${manifest.agent_id}"; deploy another agent instead`,
            { operation: "deployment.update", context: { field: "agent_id" } }
          );
        }
        return updateTo(version2);
      });
      return told;
    },
    async scale(id, instances, access) {
      const to = checkReplicas(instances);
      const words2 = { type: "deployment-scaled", action: "scale", cause: access.reason };
      const { before, after } = await change(id, access, words2, () => scaleTo(to));
      return { from: before.desired.replicas, to: after.desired.replicas };
    },
    async park(id, depth, access) {
      const wanted = parkDepth(context, depth);
      await change(
        id,
        access,
        { type: "deployment-updated", action: "park" },
        (record) => parkAt(wanted ?? record.desired.manifest.runtime?.state?.park ?? deepest2(context))
      );
    },
    async unpark(id, access) {
      await change(id, access, { type: "deployment-unparked", action: "unpark" }, () => unparkNow);
    },
    async restart(id, access) {
      await change(id, access, { type: "deployment-restarted", action: "restart" }, () => restartNow);
    },
    async remove(id, access) {
      await change(id, access, { type: "deployment-deleting", action: "delete" }, () => deleteNow);
    }
  };
}
async function readRecord(context, id, access) {
  const record = await context.store.read(id);
  if (!record || access.tenant !== void 0 && record.desired.tenant !== access.tenant) throw notFound(id);
  context.cache.put(record);
  return context.cache.get(id) ?? record;
}
async function changeWish(context, id, access, words2, decide) {
  for (let turn = 1; ; turn += 1) {
    const before = await readRecord(context, id, access);
    if (before.desired.deletedAt !== void 0 && words2.action !== "delete") throw notFound(id);
    const desired = decide(before)(before.desired, context.clock.now());
    if (!desired) return { before, after: before };
    try {
      const result = await context.store.commit(commitOf(context, before, desired, access, words2));
      await context.crash("desired-committed", id);
      settleCommit(context, id, desired.tenant, result);
      if (!result.record) throw notFound(id);
      return { before, after: result.record };
    } catch (thrown) {
      if (!isMoorageError(thrown) || thrown.code !== "conflict" || turn >= commitTries) throw thrown;
      context.cache.forget(id);
    }
  }
}
function commitOf(context, before, desired, access, words2) {
  const actor = access.actor ?? access.tenant ?? "operator";
  const { id, tenant, agentId } = desired;
  const from = before.desired.replicas;
  const to = desired.replicas;
  const cause = words2.cause ?? `asked for by ${actor}`;
  const details = { generation: desired.generation, ...from === to ? {} : { from, to } };
  const message = from === to ? `${words2.action}: ${cause}` : `${words2.action} from ${from} to ${to}: ${cause}`;
  return {
    deploymentId: id,
    expectedRevision: before.revision,
    desired,
    quota: context.quotaOf(tenant),
    events: [{ type: words2.type, deploymentId: id, tenant, agentId, message, data: details }],
    audit: [{ actor, action: words2.action, cause, details }],
    ...from === to ? {} : {
      scaling: [
        {
          deploymentId: id,
          tenant,
          agentId,
          action: to > from ? "scale_up" : "scale_down",
          fromInstances: from,
          toInstances: to,
          reason: cause,
          createdAt: desired.updatedAt
        }
      ]
    }
  };
}
function parkDepth(context, depth) {
  const can = context.parkDepths;
  if (can.length === 0) {
    throw new MoorageError(
      "unsupported",
      `Cannot park: the driver "${context.driver.name}" has no way to; scale to 0 instead`,
      {
        operation: "deployment.park"
      }
    );
  }
  if (depth === void 0 || can.includes(depth)) return depth;
  throw new MoorageError(
    "unsupported",
    `Cannot park at the depth "${depth}": the driver "${context.driver.name}" can ${can.join(" and ")}`,
    { operation: "deployment.park", context: { field: "depth", allowed: can } }
  );
}
function deepest2(context) {
  return context.parkDepths.includes("pause") ? "pause" : "stop";
}

// packages/core/src/decide/live-figures-of.ts
var megabyte = 1024 * 1024;
function liveFiguresOf(view, now) {
  const { record, url, instances } = view;
  const samples = instances.flatMap(({ usage }) => usage === void 0 ? [] : [usage]);
  const starts = instances.flatMap(
    ({ observed }) => observed.state === "running" && observed.startedAt !== void 0 ? [observed.startedAt] : []
  );
  const known = view.health === "healthy" || view.health === "degraded" || view.health === "unhealthy";
  return {
    deploymentId: record.desired.id,
    address: url,
    healthUrl: url === void 0 ? void 0 : `${url.replace(/\/$/, "")}${record.desired.template.healthPath}`,
    health: known ? view.health : void 0,
    cpuPercent: sum(samples.map((sample2) => sample2.cpuPercent)),
    memoryMegabytes: scaled(sum(samples.map((sample2) => sample2.memoryBytes))),
    diskMegabytes: scaled(sum(samples.map((sample2) => sample2.diskBytes))),
    load: view.load,
    uptimeSeconds: starts.length === 0 ? void 0 : Math.max(0, Math.round((now - Math.min(...starts)) / 1e3))
  };
}
function sum(figures) {
  let total = 0;
  for (const figure of figures) {
    if (figure === "unsupported") return void 0;
    total += figure;
  }
  return figures.length === 0 ? void 0 : total;
}
function scaled(bytes) {
  return bytes === void 0 ? void 0 : bytes / megabyte;
}

// packages/core/src/engine/live-recorder.ts
var everyMs = 5e3;
var refreshMs = 6e4;
function startLiveRecorder(context, view) {
  const { store, clock, cache, leases, logger } = context;
  const written = /* @__PURE__ */ new Map();
  let stopTimer = () => {
  };
  let stopped = false;
  const round = async () => {
    if (!store.recordLive) return;
    const now = clock.monotonic();
    const due = [...cache.all()].flatMap((record) => {
      if (!leases.fenceFor(record.desired.id)) return [];
      const figures = liveFiguresOf(view(record), clock.now());
      const key = JSON.stringify({ ...figures, uptimeSeconds: 0 });
      const last = written.get(figures.deploymentId);
      if (last?.key === key && now - last.at < refreshMs) return [];
      written.set(figures.deploymentId, { key, at: now });
      return [figures];
    });
    for (const id of written.keys()) if (!cache.get(id)) written.delete(id);
    if (due.length > 0) await store.recordLive(due);
  };
  const arm = () => {
    if (stopped) return;
    stopTimer = clock.setTimer(everyMs, () => {
      round().catch((thrown) => logger.log("debug", "Figures could not be stored", { error: String(thrown) })).finally(arm);
    });
  };
  if (store.recordLive) arm();
  return () => {
    stopped = true;
    stopTimer();
  };
}

// packages/core/src/host.ts
function createFacade(deps) {
  const { context, loop } = deps;
  const { store, driver } = context;
  const desired = createDesiredStates(context);
  const view = (record) => viewOf(context, record, loop.instancesOf(record.desired.id));
  const handleDeps = {
    context,
    desired,
    view,
    firstLook: () => loop.firstLook(),
    async instanceNames(id) {
      await loop.firstLook();
      return loop.instancesOf(id).map((instance) => instance.name);
    }
  };
  const stopRecorder = startLiveRecorder(context, view);
  let closed;
  const open = () => {
    if (closed) throw new MoorageError("cancelled", "The host is closed", { operation: "host" });
  };
  const list = async (filter = {}, page) => {
    open();
    const { tenant, agentId, name } = filter;
    const found = await store.list({ tenant, agentId, name }, page);
    if (found.items.length > 0) await loop.firstLook();
    return { items: found.items.map((record) => view(newest(context, record))), next: found.next };
  };
  const host = {
    driver: { name: driver.name, level: driver.level, capabilities: driver.capabilities },
    store: { name: store.name },
    owner: context.owner,
    async deploy(manifest, options) {
      open();
      const { record, created, warnings } = await desired.deploy(manifest, options);
      const handle = createHandle(handleDeps, record, options.tenant);
      return Object.assign(handle, { created, warnings });
    },
    async get(id, access = {}) {
      open();
      const record = await desired.read(id, access);
      return createHandle(handleDeps, record, access.tenant);
    },
    list,
    discover: (capability, filter) => discover(list, capability, filter),
    events: (options) => context.feed.read(options),
    latestCursor: () => store.latestCursor(),
    on: (type, listener) => context.feed.on(type, listener),
    async trackUsage(events) {
      open();
      await trackUsage(context, events);
    },
    usageEvents: (filter = {}, page) => store.usage(filter, page),
    incidents: (filter = {}, limit = 100) => store.incidents({ tenant: filter.tenant }, limit),
    check: () => check(deps),
    metrics: () => metrics(deps),
    close(options = {}) {
      stopRecorder();
      closed ??= close(deps, handleDeps, options.remove ?? false);
      return closed;
    },
    [Symbol.asyncDispose]: () => host.close()
  };
  return host;
}
async function trackUsage(context, events) {
  if (events.length > maxUsageEventsPerCall) {
    throw new MoorageError(
      "invalid_argument",
      `Cannot take ${events.length} usage events at once: at most ${maxUsageEventsPerCall}`,
      { operation: "host.trackUsage", context: { field: "events", limit: maxUsageEventsPerCall } }
    );
  }
  await context.store.addUsage(events);
}
function newest(context, record) {
  const cached = context.cache.get(record.desired.id);
  return cached && cached.revision > record.revision ? cached : record;
}
async function discover(list, capability, filter) {
  const found = [];
  let after;
  do {
    const page = await list(filter, { after, limit: 1e3 });
    for (const item of page.items) {
      const { manifest, deletedAt } = item.record.desired;
      const words2 = (manifest.capabilities ?? []).map((word) => typeof word === "string" ? word : word.name);
      if (deletedAt === void 0 && words2.includes(capability)) found.push(item);
    }
    after = page.next;
  } while (after !== void 0);
  return found;
}
async function check(deps) {
  const { context, loops, loop } = deps;
  const problems = [];
  try {
    await context.store.latestCursor();
  } catch (thrown) {
    problems.push(`The store does not answer: ${String(thrown)}`);
  }
  const engine = loops.engineProblem();
  if (engine !== void 0) problems.push(`The engine does not answer: ${engine}`);
  const ready = problems.length === 0;
  for (const id of loop.unknown()) problems.push(`The engine runs ${id}, which the store never heard of: left alone`);
  for (const { desired } of context.cache.all()) {
    const problem = context.local.peek(desired.id)?.problem;
    if (problem !== void 0) problems.push(`${desired.id}: ${problem}`);
  }
  return { live: true, ready, problems };
}
function metrics(deps) {
  const { context, queue, calls } = deps;
  const phases = {};
  for (const { status } of context.cache.all()) {
    const key = `deployments{phase="${status.phase}"}`;
    phases[key] = (phases[key] ?? 0) + 1;
  }
  const health = context.monitor.stats();
  return {
    ...phases,
    work_queue_size: queue.size(),
    engine_calls_in_flight: context.inFlight.size(),
    shards_held: context.leases.held().length,
    health_targets: health.targets,
    health_checks_total: health.checks,
    health_failures_total: health.failures,
    health_inconclusive_total: health.inconclusive,
    health_skipped_total: health.skipped,
    ...calls.all()
  };
}
async function close(deps, handleDeps, remove2) {
  if (remove2) await removeAll(handleDeps);
  await deps.shutDown();
}
async function removeAll(deps) {
  const records = [];
  let after;
  do {
    const page = await deps.context.store.list({}, { limit: 1e3, after });
    records.push(...page.items);
    after = page.next;
  } while (after !== void 0);
  await Promise.all(
    records.map(async (record) => {
      const handle = createHandle(deps, record, void 0);
      await handle.remove({ actor: "host" });
      await handle.gone();
    })
  );
}

// packages/core/src/memory/memory-call.ts
function memoryCalls(driver, engine) {
  let closed = false;
  let firstEngine;
  function check2(operation2, { signal }) {
    if (closed)
      throw new MoorageError("cancelled", `Cannot ${operation2}: the ${driver} driver is closed`, { operation: operation2 });
    if (signal.aborted) throw cancelled2(operation2, signal);
    if (!engine.running) {
      throw new MoorageError("unavailable", `Cannot ${operation2}: the memory engine does not answer`, { operation: operation2 });
    }
    firstEngine ??= engine.id;
    if (engine.id !== firstEngine) {
      const message = `Cannot ${operation2}: engine "${engine.id}" answers where "${firstEngine}" did before`;
      throw new MoorageError("unavailable", message, {
        operation: operation2,
        context: { engine: engine.id, expected: firstEngine }
      });
    }
  }
  function pass(operation2, ms, { signal }) {
    return new Promise((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(cancelled2(operation2, signal));
      };
      const cancel = engine.inside.clock.setTimer(ms, () => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
      signal.addEventListener("abort", abort, { once: true });
    });
  }
  return {
    pass,
    async enter(operation2, call) {
      check2(operation2, call);
      const delayMs = engine.inside.callDelayMs;
      if (delayMs === 0) return;
      await pass(operation2, delayMs, call);
      check2(operation2, call);
    },
    unsupported: (operation2, what) => new MoorageError("unsupported", `Cannot ${operation2}: the ${driver} driver has no ${what}`, { operation: operation2 }),
    close() {
      closed = true;
    }
  };
}
function cancelled2(operation2, signal) {
  return new MoorageError("cancelled", `Cancelled: ${operation2}`, { operation: operation2, cause: signal.reason });
}

// packages/core/src/memory/lacking-capability.ts
function lackingCapability(needs2, capabilities) {
  const { source, resources, isolated, egress, volumes } = needs2;
  if (!capabilities.sources.includes(source.kind)) {
    return `source of kind "${source.kind}": it runs ${capabilities.sources.join(", ")}`;
  }
  if (isolated && !capabilities.isolation) return "isolation between tenants";
  if (egress === "none" && !capabilities.egressControl) return "control of egress";
  if (volumes.length > 0 && !capabilities.volumes) return "volumes";
  if (resources.cpuMillis !== void 0 && !capabilities.limits.cpu) return "limit of cpu";
  if (resources.memoryBytes !== void 0 && !capabilities.limits.memory) return "limit of memory";
  if (resources.diskBytes !== void 0 && !capabilities.limits.disk) return "limit of disk";
  if (resources.pids !== void 0 && !capabilities.limits.pids) return "limit of processes";
  return void 0;
}

// packages/core/src/memory/memory-behaviour.ts
var defaultBehaviour = {
  startDelayMs: 0,
  healthyAfterMs: 0,
  exitAfterMs: void 0,
  exit: { code: 0 },
  health: "ok",
  responseTimeMs: 0,
  load: void 0,
  createError: void 0,
  ignoresTerm: false,
  stopDelayMs: 0,
  lines: [],
  cpuPercent: "unsupported",
  memoryBytes: "unsupported",
  started: void 0,
  respond: void 0
};
function toInstanceExit(exit, at) {
  return { code: exit.code, signal: exit.signal, oom: exit.oom ?? false, at, message: exit.message };
}

// packages/core/src/memory/memory-log.ts
function memoryLog() {
  const lines = [];
  const waiting3 = /* @__PURE__ */ new Set();
  let ended2 = false;
  function wake() {
    for (const resume of [...waiting3]) resume();
  }
  function change(signal) {
    return new Promise((resolve) => {
      const resume = () => {
        waiting3.delete(resume);
        signal.removeEventListener("abort", resume);
        resolve();
      };
      waiting3.add(resume);
      signal.addEventListener("abort", resume);
    });
  }
  return {
    write(line) {
      lines.push(line);
      wake();
    },
    end() {
      ended2 = true;
      wake();
    },
    reopen() {
      ended2 = false;
    },
    async *read({ follow, tail, since, signal }) {
      const there = lines.filter((line) => since === void 0 || (line.at ?? since) >= since);
      let next2 = lines.length;
      const first = tail === void 0 ? 0 : Math.max(0, there.length - tail);
      for (const line of there.slice(first)) {
        if (signal.aborted) return;
        yield { ...line };
      }
      while (follow && !signal.aborted) {
        const line = lines[next2];
        if (line !== void 0) {
          next2 += 1;
          yield { ...line };
        } else if (ended2) return;
        else await change(signal);
      }
    }
  };
}

// packages/core/src/memory/memory-world.ts
function memoryWorld(id) {
  return { id, instances: /* @__PURE__ */ new Map(), foreign: /* @__PURE__ */ new Set(), volumes: /* @__PURE__ */ new Map() };
}
function volumeFiles(world, { owner, deploymentId }, name) {
  const key = `${owner}/${deploymentId}/${name}`;
  const volume = world.volumes.get(key) ?? { owner, deploymentId, files: /* @__PURE__ */ new Map() };
  world.volumes.set(key, volume);
  return volume.files;
}
function purgeVolumes(world, owner, deploymentId) {
  const used = [...world.instances.values()].some(
    ({ spec }) => spec.owner === owner && spec.deploymentId === deploymentId
  );
  if (used) return;
  for (const [key, volume] of world.volumes) {
    if (volume.owner === owner && volume.deploymentId === deploymentId) world.volumes.delete(key);
  }
}

// packages/core/src/memory/memory-lifecycle.ts
var nothing = () => {
};
function makeInstance(life, world, spec) {
  const instance = {
    spec: structuredClone(spec),
    createdAt: life.clock.now(),
    madeMs: life.clock.monotonic(),
    memory: /* @__PURE__ */ new Map(),
    ownFiles: /* @__PURE__ */ new Map(),
    mounts: spec.volumes.map(({ name, path }) => ({ path, files: volumeFiles(world, spec, name) })),
    log: memoryLog(),
    state: "creating",
    port: 0,
    startedAt: void 0,
    startedMs: 0,
    exit: void 0,
    endsAtMs: void 0,
    cancelEnd: nothing,
    cancelStop: nothing,
    purge: false
  };
  world.instances.set(spec.name, instance);
  life.changed(spec);
  return instance;
}
function startInstance(life, instance) {
  const { exitAfterMs, lines, started } = life.behaviourOf(instance.spec);
  instance.state = "running";
  instance.port = life.listen(instance);
  instance.startedAt = life.clock.now();
  instance.startedMs = life.clock.monotonic();
  instance.exit = void 0;
  instance.memory.clear();
  instance.log.reopen();
  instance.endsAtMs = exitAfterMs === void 0 ? void 0 : instance.startedMs + exitAfterMs;
  for (const text2 of lines) writeLine(life, instance, text2, "stdout");
  armEnd(life, instance);
  life.changed(instance.spec);
  started?.(memoryProcess(life, instance));
}
function endInstance(life, instance, exit, state = "exited") {
  if (instance.state !== "running" && instance.state !== "paused") return;
  halt(life, instance);
  instance.state = state;
  instance.exit = toInstanceExit(exit, life.clock.now());
  life.changed(instance.spec);
}
function vanishInstance(life, world, instance) {
  halt(life, instance);
  instance.state = "removing";
  if (world.instances.get(instance.spec.name) === instance) world.instances.delete(instance.spec.name);
  if (instance.purge) purgeVolumes(world, instance.spec.owner, instance.spec.deploymentId);
  life.changed(instance.spec);
}
function removeInstance(life, world, instance, graceMs, purge) {
  instance.purge ||= purge;
  if (instance.state === "removing") return;
  const { delayMs } = termination(life, instance, graceMs);
  if (delayMs === 0 || instance.state !== "running") {
    vanishInstance(life, world, instance);
    return;
  }
  instance.state = "removing";
  instance.cancelEnd();
  instance.cancelStop();
  instance.cancelStop = life.clock.setTimer(delayMs, () => vanishInstance(life, world, instance));
  life.changed(instance.spec);
}
function parkInstance(life, instance, depth) {
  const { state } = instance;
  if (depth === "pause" && state === "running") {
    instance.cancelEnd();
    if (instance.endsAtMs !== void 0) instance.endsAtMs -= life.clock.monotonic();
    instance.state = "paused";
    life.changed(instance.spec);
  } else if (depth === "stop" && (state === "running" || state === "paused")) {
    const { delayMs, exit } = termination(life, instance, instance.spec.graceMs);
    const stop = () => endInstance(life, instance, exit, "stopped");
    instance.cancelStop();
    if (delayMs === 0) stop();
    else instance.cancelStop = life.clock.setTimer(delayMs, stop);
  }
}
function unparkInstance(life, instance) {
  if (instance.state === "stopped") startInstance(life, instance);
  if (instance.state !== "paused") return;
  if (instance.endsAtMs !== void 0) instance.endsAtMs += life.clock.monotonic();
  instance.state = "running";
  armEnd(life, instance);
  life.changed(instance.spec);
}
function writeLine(life, { spec, log }, text2, stream) {
  log.write({ instance: spec.name, stream, at: life.clock.now(), text: text2 });
}
function memoryProcess(life, instance) {
  const { spec, memory, mounts, ownFiles } = instance;
  const filesAt = (path) => mounts.find((mount) => path.startsWith(`${mount.path}/`))?.files ?? ownFiles;
  return {
    spec,
    env: { ...spec.env, ...spec.secretEnv, PORT: String(spec.port) },
    memory,
    files: {
      read: (path) => filesAt(path).get(path),
      write: (path, text2) => void filesAt(path).set(path, text2)
    },
    log: (text2, stream = "stdout") => writeLine(life, instance, text2, stream),
    end: (exit) => endInstance(life, instance, exit)
  };
}
function armEnd(life, instance) {
  if (instance.endsAtMs === void 0) return;
  const leftMs = Math.max(0, instance.endsAtMs - life.clock.monotonic());
  instance.cancelEnd = life.clock.setTimer(
    leftMs,
    () => endInstance(life, instance, life.behaviourOf(instance.spec).exit)
  );
}
function halt(life, instance) {
  instance.cancelEnd();
  instance.cancelStop();
  life.hangUp(instance.port);
  instance.endsAtMs = void 0;
  instance.memory.clear();
  instance.log.end();
}
function termination(life, instance, graceMs) {
  const { ignoresTerm, stopDelayMs } = life.behaviourOf(instance.spec);
  const killed = ignoresTerm || stopDelayMs > graceMs;
  return killed ? { delayMs: graceMs, exit: { code: 137, signal: "SIGKILL" } } : { delayMs: stopDelayMs, exit: { code: 0 } };
}

// packages/core/src/memory/memory-create.ts
async function memoryCreate(operation2, engine, calls, capabilities, spec, call) {
  await calls.enter(operation2, call);
  const { inside } = engine;
  const { world } = inside;
  const behaviour = inside.behaviourOf(spec);
  const there = world.instances.get(spec.name);
  const same = there?.spec.owner === spec.owner && there.spec.templateHash === spec.templateHash;
  if (world.foreign.has(spec.name) || there && !same) {
    const message = `Cannot ${operation2} "${spec.name}": something else has that name`;
    throw new MoorageError("already_exists", message, { operation: operation2, context: { name: spec.name } });
  }
  if (there && there.state !== "creating") return;
  const lacking = lackingCapability(spec, capabilities);
  if (lacking) throw calls.unsupported(operation2, lacking);
  if (behaviour.createError) throw behaviour.createError;
  if (!there && world.instances.size >= inside.room) {
    throw new MoorageError("resource_exhausted", `Cannot ${operation2} "${spec.name}": the memory engine is full`, {
      operation: operation2,
      context: { instances: world.instances.size }
    });
  }
  const instance = there ?? makeInstance(inside, world, spec);
  if (behaviour.startDelayMs > 0) await calls.pass(operation2, behaviour.startDelayMs, call);
  if (instance.state === "creating") startInstance(inside, instance);
}

// packages/core/src/memory/still-clock.ts
function stillClock(startMs = 17040672e5) {
  let elapsed2 = 0;
  const tick = () => {
    elapsed2 += 1;
    return elapsed2;
  };
  return {
    now: () => startMs + tick(),
    monotonic: tick,
    setTimer(_delayMs, run) {
      let cancelled3 = false;
      queueMicrotask(() => {
        if (!cancelled3) run();
      });
      return () => {
        cancelled3 = true;
      };
    }
  };
}

// packages/core/src/memory/memory-inside.ts
function memoryInside(givenClock, world) {
  const clock = givenClock ?? stillClock();
  const behaviours = /* @__PURE__ */ new Map();
  const byPort = /* @__PURE__ */ new Map();
  const listeners2 = /* @__PURE__ */ new Set();
  let lastPort = 9999;
  const behaviourOf = (spec) => behaviours.get(spec.name) ?? behaviours.get(spec.deploymentId) ?? behaviours.get(spec.source.kind === "program" ? spec.source.entrypoint : spec.source.image) ?? behaviours.get("*") ?? defaultBehaviour;
  return {
    clock,
    timed: givenClock !== void 0,
    behaviours,
    byPort,
    world,
    callDelayMs: 0,
    room: Number.POSITIVE_INFINITY,
    behaviourOf,
    warm: ({ spec, state, startedMs }) => (state === "running" || state === "removing") && (givenClock === void 0 || clock.monotonic() - startedMs >= behaviourOf(spec).healthyAfterMs),
    watch(listener) {
      listeners2.add(listener);
      return () => void listeners2.delete(listener);
    },
    // Later, so that a listener never runs in the middle of a change.
    changed(spec) {
      queueMicrotask(() => {
        for (const listener of [...listeners2]) listener(spec);
      });
    },
    listen(instance) {
      lastPort += 1;
      byPort.set(lastPort, instance);
      return lastPort;
    },
    hangUp: (port) => void byPort.delete(port)
  };
}

// packages/core/src/memory/seeded-random.ts
var alphabet2 = "abcdefghijklmnopqrstuvwxyz234567";
function seededRandom(seed) {
  let counter = Math.trunc(seed) >>> 0;
  function word() {
    counter = counter + 2654435769 >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ mixed >>> 16, 569420461);
    mixed = Math.imul(mixed ^ mixed >>> 15, 1935289751);
    return (mixed ^ mixed >>> 15) >>> 0;
  }
  return {
    next: () => word() / 2 ** 32,
    id: (length) => Array.from({ length }, () => alphabet2[word() >>> 27]).join("")
  };
}

// packages/core/src/memory/memory-engine.ts
function memoryEngine(options = {}) {
  const random = options.random ?? seededRandom(1);
  const newWorld = () => memoryWorld(`memory-${random.id(8)}`);
  const inside = memoryInside(options.clock, newWorld());
  let running = true;
  function endAll() {
    for (const instance of inside.world.instances.values()) {
      endInstance(inside, instance, { code: 255, message: "The engine was stopped" });
    }
  }
  return {
    inside,
    get id() {
      return inside.world.id;
    },
    get running() {
      return running;
    },
    behave: (key, behaviour) => void inside.behaviours.set(key, { ...defaultBehaviour, ...behaviour }),
    stop({ instances = "alive" } = {}) {
      running = false;
      if (instances === "exited") endAll();
    },
    start({ instances = "alive" } = {}) {
      if (instances === "exited") endAll();
      running = true;
    },
    exchange() {
      const before = inside.world;
      inside.world = newWorld();
      return () => {
        inside.world = before;
      };
    },
    kill: (name, exit = { code: 137, signal: "SIGKILL" }) => endInstance(inside, named(inside, name), exit),
    removeByHand(name) {
      const instance = inside.world.instances.get(name);
      if (instance) vanishInstance(inside, inside.world, instance);
    },
    foreign(name) {
      const { foreign } = inside.world;
      foreign.add(name);
      return { exists: () => foreign.has(name), remove: () => void foreign.delete(name) };
    },
    logLine: (name, text2, stream = "stdout") => writeLine(inside, named(inside, name), text2, stream),
    halfMade: (spec) => void makeInstance(inside, inside.world, spec),
    request: (port, path) => request2(inside, port, path),
    leftovers: (owner) => leftoversOf(inside.world, owner),
    slow: (callDelayMs) => {
      inside.callDelayMs = callDelayMs;
    },
    capacity: (instances) => {
      inside.room = instances ?? Number.POSITIVE_INFINITY;
    }
  };
}
function named({ world }, name) {
  const instance = world.instances.get(name);
  if (instance) return instance;
  throw new MoorageError("not_found", `The memory engine has no instance "${name}"`, { operation: "memory.engine" });
}
function request2(inside, port, path) {
  const instance = inside.byPort.get(port);
  if (instance?.state !== "running") return void 0;
  const { respond } = inside.behaviourOf(instance.spec);
  return respond?.(memoryProcess(inside, instance), path) ?? { status: 200, body: "" };
}
function leftoversOf(world, owner) {
  const instances = [...world.instances.values()].filter(({ spec }) => spec.owner === owner);
  const volumes = [...world.volumes].filter(([, volume]) => volume.owner === owner);
  return [...instances.map(({ spec }) => spec.name), ...volumes.map(([key]) => `volume ${key}`)];
}

// packages/core/src/memory/memory-extras.ts
function memoryExtras(engine, calls, capabilities) {
  const { inside } = engine;
  const unwatch = /* @__PURE__ */ new Set();
  const ours = finder(engine);
  const known = (operation2, name, owner) => {
    const instance = ours(name, owner);
    if (instance) return instance;
    throw new MoorageError("not_found", `Cannot ${operation2}: there is no instance "${name}"`, { operation: operation2 });
  };
  async function park(...[name, depth, call]) {
    await calls.enter("park", call);
    if (!capabilities.park.includes(depth)) throw calls.unsupported("park", `depth "${depth}"`);
    parkInstance(inside, known("park", name, call.owner), depth);
  }
  async function unpark(...[name, call]) {
    await calls.enter("unpark", call);
    unparkInstance(inside, known("unpark", name, call.owner));
  }
  async function* logs(...[name, call]) {
    await calls.enter("logs", call);
    yield* known("logs", name, call.owner).log.read(call);
  }
  async function usage(...[names, call]) {
    await calls.enter("usage", call);
    return names.map((name) => ours(name, call.owner)).filter((instance) => instance?.state === "running" || instance?.state === "paused").map((instance) => sample(engine, capabilities, instance));
  }
  async function startRun(...[{ spec, deadline }, call]) {
    const before = ours(spec.name, spec.owner);
    const halfMade = before?.state === "creating";
    await memoryCreate("startRun", engine, calls, capabilities, { ...spec, kind: "run" }, call);
    const run = ours(spec.name, spec.owner);
    if (run === void 0 || run === before && !halfMade || !inside.timed) return;
    const leftMs = Math.max(0, deadline - inside.clock.now());
    inside.clock.setTimer(
      leftMs,
      () => endInstance(inside, run, { code: 137, signal: "SIGKILL", message: "The deadline of the run has passed" })
    );
  }
  return {
    methods: { park, unpark, watch: watcher(engine, unwatch), logs, usage, startRun },
    ours,
    close() {
      for (const stop of unwatch) stop();
    }
  };
}
function finder(engine) {
  return (name, owner) => {
    const instance = engine.inside.world.instances.get(name);
    return instance?.spec.owner === owner ? instance : void 0;
  };
}
function watcher(engine, unwatch) {
  return ({ owner }, hint) => {
    const stop = engine.inside.watch((spec) => {
      if (spec.owner === owner && engine.running) hint(spec.deploymentId);
    });
    unwatch.add(stop);
    return () => {
      unwatch.delete(stop);
      stop();
    };
  };
}
function sample(engine, capabilities, { spec }) {
  const { cpuPercent, memoryBytes } = engine.inside.behaviourOf(spec);
  return {
    instance: spec.name,
    at: engine.inside.clock.now(),
    cpuPercent: capabilities.usage.includes("cpu") ? cpuPercent : "unsupported",
    memoryBytes: capabilities.usage.includes("memory") ? memoryBytes : "unsupported",
    diskBytes: "unsupported",
    networkInBytesPerSecond: "unsupported",
    networkOutBytesPerSecond: "unsupported"
  };
}

// packages/core/src/memory/memory-instance.ts
var memoryHost = "memory";
function toObservedInstance(instance) {
  const { spec, state } = instance;
  const reachable = state === "running" || state === "paused";
  return {
    kind: spec.kind,
    name: spec.name,
    tenant: spec.tenant,
    deploymentId: spec.deploymentId,
    ordinal: spec.ordinal,
    attempt: spec.attempt,
    templateHash: spec.templateHash,
    restartEpoch: spec.restartEpoch,
    state,
    endpoint: reachable ? { host: memoryHost, port: instance.port } : void 0,
    createdAt: instance.createdAt,
    startedAt: instance.startedAt,
    exit: instance.exit === void 0 ? void 0 : { ...instance.exit }
  };
}

// packages/core/src/memory/memory-transport.ts
function memoryTransport(engine) {
  const { clock, behaviourOf, byPort } = engine.inside;
  const pass = (ms) => new Promise((resolve) => void clock.setTimer(ms, resolve));
  return {
    async probe(endpoint, path, timeoutMs) {
      const instance = endpoint.host === memoryHost ? byPort.get(endpoint.port) : void 0;
      if (!instance) return failure(0, "refused", `Nothing listens at ${endpoint.host}:${endpoint.port}`);
      const behaviour = behaviourOf(instance.spec);
      const { health, responseTimeMs } = behaviour;
      const warm = engine.inside.warm(instance);
      if (instance.state === "paused" || warm && (health === "hang" || responseTimeMs > timeoutMs)) {
        await pass(timeoutMs);
        return failure(timeoutMs, "timeout", `No answer within ${timeoutMs} ms`);
      }
      if (!warm) return failure(0, "refused", `Nothing listens at ${endpoint.host}:${endpoint.port}`);
      if (responseTimeMs > 0) await pass(responseTimeMs);
      if (byPort.get(endpoint.port) !== instance) {
        return failure(responseTimeMs, "network", "The connection was closed before an answer");
      }
      const status = health === "fail" ? 503 : engine.request(endpoint.port, path)?.status ?? 200;
      if (status !== 200) return failure(responseTimeMs, "status", `The agent answered ${status}`);
      return { kind: "pass", responseTimeMs, load: behaviour.load, warn: health === "degraded" };
    },
    async close() {
    }
  };
}
function failure(responseTimeMs, error, message) {
  return { kind: "fail", responseTimeMs, error, message };
}

// packages/core/src/memory/memory-driver.ts
var everything = {
  isolation: true,
  sources: ["image", "build", "program"],
  limits: { cpu: true, memory: true, disk: true, pids: true },
  park: ["pause", "stop"],
  egressControl: true,
  volumes: true,
  logs: true,
  watch: true,
  usage: ["cpu", "memory"],
  runs: true
};
function memoryDriver(options = {}) {
  const engine = options.engine ?? memoryEngine({ clock: options.clock, random: options.random });
  const capabilities = Object.freeze({ ...everything, ...options.capabilities });
  const calls = memoryCalls("memory", engine);
  const extras = memoryExtras(engine, calls, capabilities);
  const { park, unpark, watch: watch2, logs, usage, startRun } = extras.methods;
  const { inside } = engine;
  const driver = {
    contract: 1,
    level: "container",
    name: "memory",
    capabilities,
    engine,
    transport: memoryTransport(engine),
    // A method is there if its capability is.
    ...capabilities.park.length > 0 && { park, unpark },
    ...capabilities.watch && { watch: watch2 },
    ...capabilities.logs && { logs },
    ...capabilities.usage.length > 0 && { usage },
    ...capabilities.runs && { startRun },
    async list({ owner }, call) {
      await calls.enter("list", call);
      const instances = [...inside.world.instances.values()].filter(({ spec }) => spec.owner === owner);
      return { engine: engine.id, instances: instances.map(toObservedInstance) };
    },
    create: (spec, call) => memoryCreate("create", engine, calls, capabilities, spec, call),
    async remove(name, call) {
      await calls.enter("remove", call);
      const instance = extras.ours(name, call.owner);
      if (instance) removeInstance(inside, inside.world, instance, call.graceMs, call.purge);
      else if (call.purge) purgeVolumes(inside.world, call.owner, deploymentOf(name));
    },
    async close() {
      calls.close();
      extras.close();
    }
  };
  return Object.freeze(driver);
}
function deploymentOf(name) {
  return /^moor-(.+)-\d+-[^-]+-\d+$/.exec(name)?.[1] ?? name;
}

// packages/core/src/memory/memory-secrets.ts
import { randomBytes as randomBytes2 } from "node:crypto";

// packages/core/src/decide/sealed-text.ts
import { createCipheriv, createDecipheriv } from "node:crypto";
var sealKeyBytes = 32;
var sealNonceBytes = 12;
var version = "v1";
var tagBytes = 16;
function sealText(key, nonce, plain, context) {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context, "utf8"));
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return `${version}:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}
function openText(key, sealed, context) {
  const [form, body = ""] = sealed.split(":");
  const bytes = Buffer.from(body, "base64url");
  if (form !== version || bytes.length < sealNonceBytes + tagBytes) throw refused(context);
  try {
    const nonce = bytes.subarray(0, sealNonceBytes);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context, "utf8"));
    decipher.setAuthTag(bytes.subarray(sealNonceBytes, sealNonceBytes + tagBytes));
    const plain = decipher.update(bytes.subarray(sealNonceBytes + tagBytes));
    return Buffer.concat([plain, decipher.final()]).toString("utf8");
  } catch {
    throw refused(context);
  }
}
function refused(context) {
  const message = `Cannot open a secret of "${context}": it was sealed under another key or for another deployment`;
  return new MoorageError("permission_denied", message, { operation: "secrets.open", context: { of: context } });
}

// packages/core/src/memory/memory-secrets.ts
function memorySecrets() {
  const key = randomBytes2(sealKeyBytes);
  return {
    seal: (plain, context) => sealText(key, randomBytes2(sealNonceBytes), plain, context),
    open: (sealed, context) => openText(key, sealed, context)
  };
}

// packages/core/src/decide/commit-errors.ts
var operation = "store.commit";
function revisionConflict(deploymentId, expected, found) {
  return new MoorageError(
    "conflict",
    expected === "absent" ? `Deployment "${deploymentId}" exists already at revision ${found}: choose another id` : `Deployment "${deploymentId}" is at revision ${found}, not ${expected}: read it again and repeat`,
    { operation, context: { deploymentId, expected, found } }
  );
}
function absentRecord(deploymentId) {
  return new MoorageError("not_found", `There is no deployment "${deploymentId}": it was removed, or never made`, {
    operation,
    context: { deploymentId }
  });
}
function fenceConflict(fence, token, holder) {
  return new MoorageError(
    "conflict",
    `Shard ${fence.shard} is held by ${holder === void 0 ? "nobody" : `"${holder}"`} with token ${token}, not by "${fence.holder}" with token ${fence.token}: acquire its lease again first`,
    { operation, context: { shard: fence.shard, token, holder } }
  );
}
function nameTaken(tenant, name, deploymentId) {
  return new MoorageError(
    "already_exists",
    `Tenant "${tenant}" has a live deployment named "${name}" already ("${deploymentId}"): choose another name, update that one, or remove it first`,
    { operation, context: { tenant, name, deploymentId } }
  );
}
function idempotencyKeyUsed(record, deploymentId) {
  return new MoorageError(
    "conflict",
    `The idempotency key "${record.key}" was used already, for deployment "${deploymentId}": look that one up`,
    { operation, context: { key: record.key, deploymentId } }
  );
}
function noPortFree(range) {
  const size = Math.max(0, range.to - range.from + 1);
  return new MoorageError(
    "resource_exhausted",
    `All ${size} host ports from ${range.from} to ${range.to} are taken: remove a deployment, or configure a wider range`,
    { operation, context: { limit: "ports", value: size, used: size, wanted: 1, from: range.from, to: range.to } }
  );
}
function tenantChanged(deploymentId, from, to) {
  return new MoorageError(
    "invalid_argument",
    `Deployment "${deploymentId}" belongs to tenant "${from}" and cannot be given to "${to}": deploy it anew there`,
    { operation, context: { deploymentId } }
  );
}
function cursorNotFound(cursor) {
  return new MoorageError(
    "not_found",
    `The cursor "${cursor}" is not within the events that are kept: read the present state, and go on from the newest event`,
    { operation: "store.events", context: { cursor } }
  );
}
function storeClosed(name) {
  return new MoorageError("cancelled", `The ${name} store is closed`, { operation: "store" });
}

// packages/core/src/memory/memory-store-backup.ts
function backUp(state) {
  const kept = copyOf(state);
  return () => {
    const again = copyOf(kept);
    for (const key of maps) refill(state[key], again[key]);
    for (const key of sets) refillSet(state[key], again[key]);
    Object.assign(state.events, again.events);
    for (const [shard, lease] of state.leases.entries()) Object.assign(lease, again.leases[shard]);
    state.incidents = again.incidents;
    state.usage = again.usage;
    state.deploymentSequence = again.deploymentSequence;
    state.usageSequence = again.usageSequence;
  };
}
var maps = ["deployments", "names", "use", "audit", "scaling", "health", "idempotency", "hosts"];
var sets = ["dropped", "ports", "usageIds"];
function copyOf(state) {
  return {
    ...state,
    deployments: new Map([...state.deployments].map(([id, stored]) => [id, { ...stored }])),
    names: new Map(state.names),
    use: new Map(state.use),
    audit: copyLists(state.audit),
    scaling: copyLists(state.scaling),
    health: copyLists(state.health),
    idempotency: new Map(state.idempotency),
    hosts: new Map(state.hosts),
    dropped: new Set(state.dropped),
    ports: new Set(state.ports),
    usageIds: new Set(state.usageIds),
    events: { items: [...state.events.items], pruned: state.events.pruned },
    leases: state.leases.map((lease) => ({ ...lease })),
    incidents: [...state.incidents],
    usage: [...state.usage]
  };
}
function copyLists(lists) {
  return new Map([...lists].map(([key, list]) => [key, [...list]]));
}
function refill(target, source) {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}
function refillSet(target, source) {
  target.clear();
  for (const value of source) target.add(value);
}

// packages/core/src/decide/audit-hash.ts
import { createHash as createHash3 } from "node:crypto";
var genesis = "0".repeat(64);
function linkAudit(previous, deploymentId, entry, at) {
  const { actor, action, cause, details } = entry;
  const link = { deploymentId, sequence: (previous?.sequence ?? 0) + 1, at, actor, action, cause, details };
  const previousHash = previous?.hash ?? genesis;
  return { ...link, previousHash, hash: hashOf(previousHash, link) };
}
function verifyAuditChain(records) {
  let previous;
  for (const [index, record] of records.entries()) {
    const { previousHash, hash, ...link } = record;
    const fits = record.sequence === (previous?.sequence ?? 0) + 1 && previousHash === (previous?.hash ?? genesis) && (previous === void 0 || record.deploymentId === previous.deploymentId) && hash === hashOf(previousHash, link);
    if (!fits) return index;
    previous = record;
  }
  return void 0;
}
function hashOf(previousHash, link) {
  return createHash3("sha256").update(previousHash + canonicalJson(link)).digest("hex");
}

// packages/core/src/decide/stored-text.ts
var maxKeyBytes = 1280;
var notText = new RegExp("\\0|\\p{Surrogate}", "u");
function checkKey(field, value) {
  const problem = problemOf(value);
  if (problem === void 0) return;
  const shown = value.length > 64 ? `${value.slice(0, 64)}\u2026` : value;
  throw new MoorageError("invalid_argument", `Cannot store ${field} ${JSON.stringify(shown)}: ${problem}`, {
    operation: "store.commit",
    context: { field, limit: maxKeyBytes }
  });
}
function problemOf(value) {
  if (value === "") return "it is empty; give at least one character";
  if (notText.test(value)) return "it has a zero character or half a surrogate pair; use well-formed text";
  const bytes = Buffer.byteLength(value);
  if (bytes > maxKeyBytes) return `it has ${bytes} bytes of UTF-8 and at most ${maxKeyBytes} are kept; shorten it`;
  return void 0;
}
function cleanText(value) {
  return notText.test(value) ? value.replace(new RegExp("\\0|\\p{Surrogate}", "gu"), "\uFFFD") : value;
}

// packages/core/src/decide/check-commit.ts
function checkCommit(commit) {
  const { deploymentId, desired, fence, address, idempotency } = commit;
  checkKey("the deployment id", deploymentId);
  if (desired !== void 0) {
    if (desired.id !== deploymentId) refuse(commit, `its desired state is of "${desired.id}"`);
    checkKey("tenant", desired.tenant);
    checkKey("agent_id", desired.agentId);
    checkKey("name", desired.name);
  }
  if (idempotency !== void 0) {
    checkKey("tenant", idempotency.tenant);
    checkKey("the idempotency key", idempotency.key);
  }
  if (commit.expectedRevision === "absent") {
    if (desired === void 0 || address === void 0) refuse(commit, "a new one needs desired state and an address");
    if (commit.drop) refuse(commit, "one that is absent cannot be dropped");
    checkKey("the address id", address.id);
  } else {
    if (address !== void 0) refuse(commit, "an address is claimed when it is new, and kept");
    if (commit.movePort !== void 0 && (desired === void 0 || fence === void 0)) {
      refuse(commit, "moving its port needs its desired state and the fence of its shard");
    }
    if (fence === void 0 && (commit.status !== void 0 || commit.drop)) {
      refuse(commit, "writing status or dropping it needs the fence of its shard");
    }
  }
  if (fence !== void 0 && fence.shard !== shardOf(deploymentId)) {
    refuse(commit, `its shard is ${shardOf(deploymentId)} and the fence is of shard ${fence.shard}`);
  }
}
function refuse(commit, why) {
  throw new MoorageError("invalid_argument", `Cannot commit deployment "${commit.deploymentId}": ${why}`, {
    operation: "store.commit",
    context: { deploymentId: commit.deploymentId }
  });
}

// packages/core/src/decide/check-quota.ts
var dimensions = [
  { key: "instances", noun: "instances", unit: "" },
  { key: "cpuMillis", noun: "cpu", unit: " thousandths of a core" },
  { key: "memoryBytes", noun: "memory", unit: " bytes" }
];
var nothing2 = { instances: 0, cpuMillis: 0, memoryBytes: 0 };
function checkQuota(quota, use, wanted, held = nothing2) {
  for (const { key, noun, unit } of dimensions) {
    const limit = quota?.[key];
    if (limit === void 0 || use[key] + wanted[key] <= limit || wanted[key] <= held[key]) continue;
    return new MoorageError(
      "resource_exhausted",
      `The tenant's ${noun} quota of ${limit}${unit} does not allow ${wanted[key]} for this deployment: its other deployments hold ${use[key]}. Scale one down, give it lower limits or remove it, or raise the quota`,
      { operation: "store.commit", context: { limit: key, value: limit, used: use[key], wanted: wanted[key] } }
    );
  }
  return void 0;
}

// packages/core/src/decide/pick-port.ts
function pickPort(range, isTaken) {
  for (let port = range.from; port <= range.to; port += 1) {
    if (!isTaken(port)) return port;
  }
  return void 0;
}

// packages/core/src/decide/quota-use-of.ts
function quotaUseOf(desired) {
  const replicas = desired.deletedAt === void 0 ? desired.replicas : 0;
  const { cpuMillis, memoryBytes } = desired.template.resources;
  return {
    instances: replicas,
    cpuMillis: replicas * (cpuMillis ?? 0),
    memoryBytes: replicas * (memoryBytes ?? 0)
  };
}

// packages/core/src/decide/cursor.ts
var prefixes = { event: "e", deployment: "p", usage: "u" };
function formatCursor(kind, position) {
  return prefixes[kind] + String(position);
}
function parseCursor(kind, text2) {
  if (text2.startsWith(prefixes[kind]) && /^\d{1,15}$/.test(text2.slice(1))) return Number(text2.slice(1));
  throw new MoorageError(
    "invalid_argument",
    `Cannot read the cursor ${JSON.stringify(text2.slice(0, 64))}: use one that the store gave for this kind of list`,
    { operation: "store.page", context: { kind } }
  );
}

// packages/core/src/memory/memory-store-state.ts
function memoryStoreState(clock, random, limits) {
  return {
    clock,
    limits,
    owner: `o-${random.id(16)}`,
    deployments: /* @__PURE__ */ new Map(),
    dropped: /* @__PURE__ */ new Set(),
    names: /* @__PURE__ */ new Map(),
    ports: /* @__PURE__ */ new Set(),
    use: /* @__PURE__ */ new Map(),
    audit: /* @__PURE__ */ new Map(),
    events: { items: [], pruned: 0 },
    scaling: /* @__PURE__ */ new Map(),
    health: /* @__PURE__ */ new Map(),
    incidents: [],
    usage: [],
    usageIds: /* @__PURE__ */ new Set(),
    idempotency: /* @__PURE__ */ new Map(),
    leases: Array.from({ length: shardCount }, () => ({ holder: void 0, token: 0, expiresAt: 0 })),
    hosts: /* @__PURE__ */ new Map(),
    watchers: /* @__PURE__ */ new Set(),
    deploymentSequence: 0,
    usageSequence: 0
  };
}
function pairKey(first, second) {
  return `${first}\0${second}`;
}
function latestPosition(log) {
  return log.pruned + log.items.length;
}
function cutEvents(log, count2) {
  log.items = log.items.slice(count2);
  log.pruned += count2;
}
function cursorAt(position) {
  return formatCursor("event", position);
}
function append(lists, key, items) {
  const list = lists.get(key) ?? [];
  if (list.length === 0) lists.set(key, list);
  list.push(...items);
  return list;
}

// packages/core/src/memory/memory-store-commit.ts
var nothing3 = { instances: 0, cpuMillis: 0, memoryBytes: 0 };
function commitToMemory(state, commit) {
  checkCommit(commit);
  const stored = state.deployments.get(commit.deploymentId);
  const refusal2 = refusalOf(state, commit, stored);
  if (refusal2 !== void 0) throw refusal2;
  const port = portFor(state, commit);
  const at = state.clock.now();
  const revision = (stored?.record.revision ?? 0) + 1;
  const record = commit.drop ? void 0 : nextRecord(commit, stored?.record, revision, port, at);
  writeRecord(state, commit.deploymentId, stored, record);
  const events = writeEvents(state, commit, at);
  writeAudit(state, commit, at);
  if (commit.scaling?.length) {
    const rows = commit.scaling.map((row) => ({ ...row, reason: cleanText(row.reason) }));
    append(state.scaling, commit.deploymentId, rows);
  }
  for (const incident of commit.incidents ?? []) {
    if (!state.incidents.some((known) => known.id === incident.id)) state.incidents.push(incident);
  }
  if (state.incidents.length > state.limits.incidents) {
    state.incidents = state.incidents.slice(-state.limits.incidents);
  }
  if (commit.idempotency) {
    state.idempotency.set(pairKey(commit.idempotency.tenant, commit.idempotency.key), commit.idempotency);
  }
  return { revision, record, events };
}
function refusalOf(state, commit, stored) {
  const { deploymentId, expectedRevision, fence, idempotency, desired } = commit;
  if (expectedRevision === "absent") {
    if (stored) return revisionConflict(deploymentId, "absent", stored.record.revision);
    if (state.dropped.has(deploymentId)) return revisionConflict(deploymentId, "absent", 0);
  } else {
    if (!stored) return absentRecord(deploymentId);
    if (stored.record.revision !== expectedRevision) {
      return revisionConflict(deploymentId, expectedRevision, stored.record.revision);
    }
  }
  if (fence) {
    const lease = state.leases[fence.shard];
    if (lease?.token !== fence.token || lease.holder !== fence.holder) {
      return fenceConflict(fence, lease?.token ?? 0, lease?.holder);
    }
  }
  const used = idempotency && state.idempotency.get(pairKey(idempotency.tenant, idempotency.key));
  if (idempotency && used) return idempotencyKeyUsed(idempotency, used.deploymentId);
  return desired && refusalOfDesired(state, commit, desired, stored?.record.desired);
}
function refusalOfDesired(state, commit, desired, before) {
  if (before && before.tenant !== desired.tenant) return tenantChanged(desired.id, before.tenant, desired.tenant);
  const holder = desired.deletedAt === void 0 && state.names.get(pairKey(desired.tenant, desired.name));
  if (holder && holder !== desired.id) return nameTaken(desired.tenant, desired.name, holder);
  const held = before ? quotaUseOf(before) : nothing3;
  const others = add(state.use.get(desired.tenant) ?? nothing3, held, -1);
  return checkQuota(commit.quota, others, quotaUseOf(desired), held);
}
function portFor(state, commit) {
  const { address, movePort: movePort2 } = commit;
  if (movePort2) return freePort(state, movePort2.ports, movePort2.avoid);
  return address?.ports && freePort(state, address.ports, []);
}
function freePort(state, range, avoid) {
  const port = pickPort(range, (candidate) => state.ports.has(candidate) || avoid.includes(candidate));
  if (port === void 0) throw noPortFree(range);
  return port;
}
function nextRecord(commit, before, revision, port, at) {
  const desired = commit.desired ?? before?.desired;
  if (!desired) return void 0;
  const status = commit.status ?? before?.status ?? initialStatus(at);
  const address = before ? followAgent(before.address, desired) : newAddress(commit, desired, port, at);
  return { desired, status, address: before && commit.movePort ? { ...address, port } : address, revision };
}
function newAddress(commit, desired, port, at) {
  const { id: deploymentId, tenant, agentId } = desired;
  return { id: commit.address?.id ?? "", tenant, agentId, deploymentId, port, createdAt: at };
}
function followAgent(address, desired) {
  return address.agentId === desired.agentId ? address : { ...address, agentId: desired.agentId };
}
function writeRecord(state, id, stored, record) {
  const before = stored?.record;
  if (before?.desired !== record?.desired) moveClaims(state, before?.desired, record?.desired);
  if (!record) {
    if (before?.address.port !== void 0) state.ports.delete(before.address.port);
    state.deployments.delete(id);
    state.dropped.add(id);
    return;
  }
  if (stored) {
    stored.record = record;
    if (before?.address.port === record.address.port) return;
    if (before?.address.port !== void 0) state.ports.delete(before.address.port);
    if (record.address.port !== void 0) state.ports.add(record.address.port);
    return;
  }
  if (record.address.port !== void 0) state.ports.add(record.address.port);
  state.deploymentSequence += 1;
  state.deployments.set(id, { sequence: state.deploymentSequence, shard: shardOf(id), record });
}
function moveClaims(state, before, after) {
  for (const [desired, sign] of [
    [before, -1],
    [after, 1]
  ]) {
    if (!desired || desired.deletedAt !== void 0) continue;
    const name = pairKey(desired.tenant, desired.name);
    if (sign > 0) state.names.set(name, desired.id);
    else state.names.delete(name);
    const use = add(state.use.get(desired.tenant) ?? nothing3, quotaUseOf(desired), sign);
    if (use.instances === 0 && use.cpuMillis === 0 && use.memoryBytes === 0) state.use.delete(desired.tenant);
    else state.use.set(desired.tenant, use);
  }
}
function writeEvents(state, commit, at) {
  let position = latestPosition(state.events);
  const events = commit.events.map((event) => {
    position += 1;
    return { ...event, data: { ...event.data }, cursor: cursorAt(position), at };
  });
  state.events.items.push(...events);
  const excess = state.events.items.length - state.limits.events;
  if (excess > state.limits.events / 4) cutEvents(state.events, excess);
  return events;
}
function writeAudit(state, commit, at) {
  const chain = state.audit.get(commit.deploymentId) ?? [];
  for (const entry of commit.audit) {
    chain.push(linkAudit(chain.at(-1), commit.deploymentId, { ...entry, details: { ...entry.details } }, at));
  }
  if (chain.length > 0) state.audit.set(commit.deploymentId, chain);
}
function add(use, more, sign) {
  return {
    instances: use.instances + sign * more.instances,
    cpuMillis: use.cpuMillis + sign * more.cpuMillis,
    memoryBytes: use.memoryBytes + sign * more.memoryBytes
  };
}

// packages/core/src/memory/memory-store-leases.ts
function acquireLeases(state, holder, shards, ttlMs) {
  const now = state.clock.monotonic();
  state.hosts.set(holder, now + ttlMs);
  const fences = [];
  for (const shard of [...new Set(shards)].sort((one, other) => one - other)) {
    const lease = state.leases[shard];
    if (!lease) continue;
    const live = lease.holder !== void 0 && lease.expiresAt > now;
    if (live && lease.holder !== holder) continue;
    if (!live) lease.token += 1;
    lease.holder = holder;
    lease.expiresAt = now + ttlMs;
    fences.push({ shard, token: lease.token, holder });
  }
  return fences;
}
function releaseLeases(state, holder) {
  state.hosts.delete(holder);
  for (const lease of state.leases) {
    if (lease.holder === holder) lease.holder = void 0;
  }
}
function liveHolders(state) {
  const now = state.clock.monotonic();
  return [...state.hosts].filter(([, expiresAt]) => expiresAt > now).map(([holder]) => holder).sort();
}

// packages/core/src/decide/page-limit.ts
function pageLimit(limit) {
  if (limit === void 0) return defaultPageSize;
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize) return limit;
  throw new MoorageError(
    "invalid_argument",
    `Cannot read a page of ${limit} items: ask for 1 to ${maxPageSize} and follow the cursor`,
    { operation: "store.page", context: { limit, max: maxPageSize } }
  );
}

// packages/core/src/memory/memory-store-reads.ts
function listDeployments(state, filter, page) {
  const limit = pageLimit(page?.limit);
  const after = page?.after === void 0 ? 0 : parseCursor("deployment", page.after);
  const { tenant, agentId, name } = filter;
  const shards = filter.shards && new Set(filter.shards);
  const items = [];
  let last = after;
  for (const { sequence, shard, record } of state.deployments.values()) {
    const { desired } = record;
    if (sequence <= after || shards && !shards.has(shard)) continue;
    if (tenant !== void 0 && desired.tenant !== tenant) continue;
    if (agentId !== void 0 && desired.agentId !== agentId) continue;
    if (name !== void 0 && desired.name !== name) continue;
    if (items.length === limit) return { items, next: formatCursor("deployment", last) };
    items.push(record);
    last = sequence;
  }
  return { items, next: void 0 };
}
function listAddresses(state, filter) {
  const found = [];
  for (const { record } of state.deployments.values()) {
    const { address } = record;
    if (filter.tenant !== void 0 && address.tenant !== filter.tenant) continue;
    if (filter.agentId !== void 0 && address.agentId !== filter.agentId) continue;
    found.push(address);
  }
  return found;
}
function readEvents2(state, query) {
  const { after, deploymentId, tenant } = query;
  const limit = pageLimit(query.limit);
  const log = state.events;
  const from = after === void 0 ? log.pruned : parseCursor("event", after);
  if (after !== void 0 && (from < log.pruned || from > latestPosition(log))) throw cursorNotFound(after);
  const items = [];
  for (let index = from - log.pruned; index < log.items.length; index += 1) {
    const event = log.items[index];
    if (deploymentId !== void 0 && event.deploymentId !== deploymentId) continue;
    if (tenant !== void 0 && event.tenant !== tenant) continue;
    if (items.length === limit) return { items, next: items.at(-1)?.cursor };
    items.push(event);
  }
  return { items, next: void 0 };
}
function listIncidents(state, filter, limit) {
  const fitting = state.incidents.filter(
    (incident) => (filter.deploymentId === void 0 || incident.deploymentId === filter.deploymentId) && (filter.tenant === void 0 || incident.tenant === filter.tenant)
  );
  return newestFirst(fitting, limit, (incident) => incident.at);
}
function listUsage(state, filter, page) {
  const limit = pageLimit(page?.limit);
  const after = page?.after === void 0 ? 0 : parseCursor("usage", page.after);
  const items = [];
  let last = after;
  for (const { sequence, event } of state.usage) {
    if (sequence <= after) continue;
    if (filter.tenant !== void 0 && event.tenant !== filter.tenant) continue;
    if (filter.agentId !== void 0 && event.agentId !== filter.agentId) continue;
    if (items.length === limit) return { items, next: formatCursor("usage", last) };
    items.push(event);
    last = sequence;
  }
  return { items, next: void 0 };
}
function newestFirst(items, limit, timeOf) {
  return [...items].reverse().sort((one, other) => timeOf(other) - timeOf(one)).slice(0, pageLimit(limit));
}

// packages/core/src/decide/check-usage.ts
function checkUsage(event) {
  checkKey("the usage id", event.id);
  checkKey("tenant", event.tenant);
  checkKey("agent_id", event.agentId);
}

// packages/core/src/memory/memory-store-records.ts
function addHealthChecks(state, records) {
  const kept = state.limits.healthChecksPerDeployment;
  for (const record of records) {
    const { errorMessage } = record;
    const clean = errorMessage === void 0 ? record : { ...record, errorMessage: cleanText(errorMessage) };
    const list = append(state.health, record.deploymentId, [clean]);
    if (list.length >= kept * 2) list.splice(0, list.length - kept);
  }
}
function addUsage(state, events) {
  for (const event of events) checkUsage(event);
  for (const event of events) {
    const key = pairKey(event.tenant, event.id);
    if (state.usageIds.has(key)) continue;
    state.usageIds.add(key);
    state.usageSequence += 1;
    state.usage.push({ sequence: state.usageSequence, event: { ...event, action: cleanText(event.action) } });
  }
  if (state.usage.length > state.limits.usage * 1.25) forgetUsage(state, state.usage.length - state.limits.usage);
}
function prune(state, retention) {
  const now = state.clock.now();
  pruneLists(state.health, (record) => record.checkedAt < now - retention.healthChecksMs);
  pruneLists(state.scaling, (row) => row.createdAt < now - retention.eventsMs);
  const firstKept = state.events.items.findIndex((event) => event.at >= now - retention.eventsMs);
  const cut = firstKept === -1 ? state.events.items.length : firstKept;
  if (cut > 0) cutEvents(state.events, cut);
  state.incidents = state.incidents.filter((incident) => incident.at >= now - retention.incidentsMs);
  for (const [key, record] of state.idempotency) {
    if (record.createdAt < now - retention.idempotencyMs) state.idempotency.delete(key);
  }
  for (const { event } of state.usage) {
    if (event.at < now - retention.usageMs) state.usageIds.delete(pairKey(event.tenant, event.id));
  }
  state.usage = state.usage.filter(({ event }) => event.at >= now - retention.usageMs);
}
function pruneLists(lists, isOld) {
  for (const [key, list] of lists) {
    const kept = list.filter((item) => !isOld(item));
    if (kept.length === 0) lists.delete(key);
    else if (kept.length < list.length) lists.set(key, kept);
  }
}
function forgetUsage(state, count2) {
  for (const { event } of state.usage.slice(0, count2)) state.usageIds.delete(pairKey(event.tenant, event.id));
  state.usage = state.usage.slice(count2);
}

// packages/core/src/memory/memory-store.ts
function memoryStore(options) {
  return handleOn(
    memoryStoreState(options.clock, options.random, {
      events: 1e5,
      healthChecksPerDeployment: 100,
      incidents: 1e4,
      usage: 1e5,
      ...options.limits
    })
  );
}
var nothing4 = { instances: 0, cpuMillis: 0, memoryBytes: 0 };
function handleOn(state) {
  let closed = false;
  const mine = /* @__PURE__ */ new Set();
  const call = async (run) => {
    await void 0;
    if (closed) throw storeClosed("memory");
    return run();
  };
  return {
    contract: 1,
    name: "memory",
    open: () => handleOn(state),
    backup: () => backUp(state),
    inside: state,
    owner: () => call(() => state.owner),
    commit: (commit) => call(() => {
      const result = commitToMemory(state, commit);
      tellWatchers(state, commit.deploymentId);
      return result;
    }),
    read: (id) => call(() => state.deployments.get(id)?.record),
    list: (filter, page) => call(() => listDeployments(state, filter, page)),
    quotaUse: (tenant) => call(() => state.use.get(tenant) ?? nothing4),
    addresses: (filter) => call(() => listAddresses(state, filter)),
    events: (query) => call(() => readEvents2(state, query)),
    latestCursor: () => call(() => cursorAt(latestPosition(state.events))),
    watch(hint) {
      if (closed) return () => {
      };
      const watcher2 = (deploymentId) => hint(deploymentId);
      state.watchers.add(watcher2);
      mine.add(watcher2);
      return () => {
        state.watchers.delete(watcher2);
        mine.delete(watcher2);
      };
    },
    audit: (id) => call(() => [...state.audit.get(id) ?? []]),
    incidents: (filter, limit) => call(() => listIncidents(state, filter, limit)),
    scalingEvents: (id, limit) => call(() => newestFirst(state.scaling.get(id) ?? [], limit, (row) => row.createdAt)),
    addHealthChecks: (records) => call(() => addHealthChecks(state, records)),
    healthChecks: (id, limit) => call(() => newestFirst(state.health.get(id) ?? [], limit, (row) => row.checkedAt)),
    addUsage: (events) => call(() => addUsage(state, events)),
    usage: (filter, page) => call(() => listUsage(state, filter, page)),
    findIdempotent: (tenant, key) => call(() => state.idempotency.get(pairKey(tenant, key))),
    acquireLeases: (holder, shards, ttlMs) => call(() => acquireLeases(state, holder, shards, ttlMs)),
    releaseLeases: (holder) => call(() => releaseLeases(state, holder)),
    holders: () => call(() => liveHolders(state)),
    prune: (retention) => call(() => prune(state, retention)),
    async close() {
      closed = true;
      for (const watcher2 of mine) state.watchers.delete(watcher2);
      mine.clear();
    }
  };
}
function tellWatchers(state, deploymentId) {
  for (const watcher2 of [...state.watchers]) {
    try {
      watcher2(deploymentId);
    } catch {
    }
  }
}

// packages/core/src/create-host.ts
var dayMs = 864e5;
var defaultRetention = {
  healthChecksMs: dayMs,
  eventsMs: 30 * dayMs,
  incidentsMs: 30 * dayMs,
  usageMs: 400 * dayMs,
  idempotencyMs: dayMs
};
var usageEveryMs = 15e3;
var turnsAtOnce = 32;
async function createHost(options = {}) {
  const parts = withDefaults(options);
  const owner = await parts.store.owner();
  const from = await parts.store.latestCursor();
  const body = {};
  const { context, queue, stop } = assemble(parts, owner, from, body);
  body.loop = context.driver.level === "container" ? containerLoop(context) : workloadLoop(context);
  body.loops = startHostLoops(context, body.loop, {
    resyncMs: options.resyncMs ?? 1e4,
    retention: options.retention ?? defaultRetention
  });
  const { loop, loops } = body;
  try {
    await context.leases.renew();
  } catch (thrown) {
    await stop(loops.close);
    throw thrown;
  }
  return createFacade({ context, loop, loops, queue, calls: parts.calls, shutDown: () => stop(loops.close) });
}
function withDefaults(options) {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const calls = createCallCounts();
  const raw = options.driver ?? memoryDriver({ clock, random });
  const callTimeoutMs = options.callTimeoutMs ?? 3e4;
  const store = options.store ?? memoryStore({ clock, random });
  return {
    clock,
    random,
    calls,
    store,
    logger: safeLogger(options.logger),
    ports: checkPorts(options.ports ?? { from: 2e4, to: 20999 }),
    hostId: options.hostId ?? `h-${random.id(16)}`,
    leaseMs: options.leaseMs ?? 1e4,
    transport: options.transport ?? transportOf(raw) ?? httpTransport(),
    frontDoor: options.frontDoor ?? directFrontDoor(),
    secrets: options.secrets ?? (store.name === "memory" ? memorySecrets() : void 0),
    quota: options.quota,
    crashPoints: options.crashPoints,
    driver: guardDriver(raw, {
      clock,
      callTimeoutMs,
      createTimeoutMs: Math.max(callTimeoutMs, 6e5),
      concurrency: options.concurrency ?? defaultEngineConcurrency,
      onCall: calls.note
    })
  };
}
function assemble(parts, owner, from, body) {
  const { clock, random, logger, driver, frontDoor, quota, crashPoints } = parts;
  const store = withoutEcho(parts.store, clock);
  const cache = createDeploymentCache();
  const monitor = createHealthMonitor({ clock, transport: parts.transport, random, logger });
  const queue = createWorkQueue({
    clock,
    concurrency: turnsAtOnce,
    work: async (id, tenant) => body.loop?.reconcile(id, tenant)
  });
  const sampler = createUsageSampler({
    driver,
    clock,
    logger,
    owner,
    intervalMs: usageEveryMs,
    running: () => body.loop?.running() ?? []
  });
  const recorder = createHealthRecorder({ store, clock, logger });
  const startedWall = clock.now();
  const startedMonotonic = clock.monotonic();
  const context = {
    ...{ driver, store, frontDoor, clock, random, logger, owner, cache, monitor },
    secrets: parts.secrets,
    hostId: parts.hostId,
    ports: parts.ports,
    takenPorts: /* @__PURE__ */ new Set(),
    gainedStamps: /* @__PURE__ */ new Map(),
    parkDepths: driver.capabilities.park,
    feed: createEventFeed({ store, clock, logger, from }),
    inFlight: createInFlight(),
    leases: leasesOf(parts, store, body),
    local: createLocalStates(),
    steadyNow: () => startedWall + (clock.monotonic() - startedMonotonic),
    quotaOf: (tenant) => typeof quota === "function" ? quota(tenant) : quota,
    enqueue: queue.add,
    enqueueAfter: queue.addAfter,
    samplesOf: sampler.samplesOf,
    crash: (point, id) => crashPoints?.reach(point, id)
  };
  body.letGo = (shards) => letGoShards(context, shards);
  monitor.onCheck(recorder.add);
  const stopListening = listen(context, store, body);
  const stop = async (stopLoops) => {
    stopListening();
    stopLoops();
    sampler.close();
    context.feed.close();
    await shutDown(context, queue);
    await recorder.close();
    await context.leases.close();
    await frontDoor.close();
    await parts.transport.close();
    await parts.store.close();
  };
  return { context, queue, stop };
}
async function shutDown(context, queue) {
  await queue.close();
  context.inFlight.abortAll();
  await context.driver.close();
  await context.inFlight.idle();
  context.monitor.close();
}
function leasesOf(parts, store, body) {
  const { clock, logger, hostId, leaseMs } = parts;
  return createShardLeases({
    ...{ store, clock, logger, hostId, leaseMs },
    onGained: (shards) => {
      body.loop?.gained(shards);
      body.loops?.loadAll(shards).catch((thrown) => logger.log("warn", "New work could not be read", { error: String(thrown) }));
    },
    onLost: (shards) => body.letGo?.(shards)
  });
}
function listen(context, store, body) {
  const { cache, monitor, feed, leases } = context;
  const offHealth = monitor.onTransition(({ deploymentId, to }) => {
    const record = cache.get(deploymentId);
    if (to === "unhealthy") body.loop?.needsLook(deploymentId);
    if (record) context.enqueue(deploymentId, record.desired.tenant);
    cache.changed(deploymentId);
  });
  const offStore = store.watchOthers((id) => {
    const known = cache.get(id);
    cache.forget(id);
    if (known || leases.fenceFor(id)) context.enqueue(id, known?.desired.tenant ?? "");
    cache.changed(id);
    feed.wake();
  });
  return () => {
    offHealth();
    offStore();
  };
}
function transportOf(driver) {
  return "transport" in driver ? driver.transport : void 0;
}
function checkPorts(ports) {
  const { from, to } = ports;
  if (Number.isInteger(from) && Number.isInteger(to) && from >= 1 && to <= 65535 && from <= to) return ports;
  throw new MoorageError(
    "invalid_argument",
    `Cannot use the ports ${from} to ${to}: give whole numbers from 1 to 65535, from <= to`,
    { operation: "createHost", context: { field: "ports", value: ports } }
  );
}

// packages/core/src/engine/aes-secrets.ts
import { randomBytes as randomBytes3 } from "node:crypto";
function aesSecrets(key) {
  if (key.length !== sealKeyBytes) {
    throw new MoorageError(
      "invalid_argument",
      `The secrets key has ${key.length} bytes: use ${sealKeyBytes} random ones`,
      {
        operation: "secrets.create",
        context: { bytes: key.length, wanted: sealKeyBytes }
      }
    );
  }
  const ownKey = Uint8Array.from(key);
  return {
    seal: (plain, context) => sealText(ownKey, randomBytes3(sealNonceBytes), plain, context),
    open: (sealed, context) => openText(ownKey, sealed, context)
  };
}

// packages/core/src/decide/diagnose-addresses.ts
function diagnoseAddresses(addresses, live) {
  const findings = [];
  const holders = /* @__PURE__ */ new Map();
  for (const { id, port, tenant, deploymentId } of addresses) {
    const about = { deploymentId, tenant, differs: true };
    const shown = port === void 0 ? `The address ${id}` : `Port ${port} (address ${id})`;
    if (!live.has(deploymentId)) {
      const message2 = `${shown} is held for ${deploymentId}, which is not in the store`;
      findings.push({
        ...about,
        kind: "stray-address",
        message: message2,
        willDo: "nothing: it keeps its port until it is freed by hand"
      });
      continue;
    }
    if (port === void 0) continue;
    const other = holders.get(port);
    holders.set(port, deploymentId);
    if (other === void 0 || other === deploymentId) continue;
    const message = `Port ${port} is recorded for ${other} and for ${deploymentId}`;
    findings.push({
      ...about,
      kind: "shared-port",
      message,
      willDo: "open it for the first; the other stays unreachable"
    });
  }
  return findings;
}

// packages/core/src/decide/deployment-label.ts
function deploymentLabel({ desired }) {
  const name = desired.name === desired.agentId ? "" : ` "${desired.name}"`;
  return `${desired.agentId}${name} of ${desired.tenant} (${desired.id})`;
}

// packages/core/src/decide/status-findings.ts
function statusFindings(record, lastIncident, explained) {
  const { desired, status } = record;
  if (desired.deletedAt !== void 0 && explained) return [];
  const findings = [];
  const add2 = (kind, message, willDo) => findings.push({ kind, differs: true, deploymentId: desired.id, tenant: desired.tenant, message, willDo });
  const label = deploymentLabel(record);
  const seen = status.observedGeneration === desired.generation;
  if (!seen) {
    const versions = `it is the ${ordinalWord(desired.generation)} wish, the last one acted on the ${ordinalWord(status.observedGeneration)}`;
    const message = status.observedGeneration === 0 ? `No host has looked at ${label} yet` : `No host has acted on the latest wish for ${label}: ${versions}`;
    add2("not-seen", message, "look at it");
  }
  const { phase } = status;
  if (phase === "failed" || phase === "degraded") {
    const last = lastIncident && lastIncident.message !== status.reason ? lastWords(lastIncident) : "";
    add2("failing", `${label} is ${phase}: ${status.reason}${last}`, afterFailure(record));
  } else if (seen && !explained && (phase === "pending" || phase === "progressing")) {
    add2("unsettled", `${label} is ${phase}: ${status.reason}`, "wait for its instances to be ready");
  }
  return findings;
}
function lastWords(incident) {
  return `; last incident, ${new Date(incident.at).toISOString()}: ${incident.message}`;
}
function afterFailure({ desired, status }) {
  if (status.failedHash === desired.templateHash && status.lastReady) {
    return `stay at version ${status.lastReady.hash} until something else is wished for`;
  }
  return "try again, after 5 minutes at the latest";
}
function ordinalWord(count2) {
  const tail = count2 % 100;
  const suffix = tail >= 11 && tail <= 13 ? "th" : ["th", "st", "nd", "rd"][count2 % 10] ?? "th";
  return `${count2}${suffix}`;
}

// packages/core/src/decide/diagnose-deployment.ts
function diagnoseDeployment(facts) {
  const { record, instances, health, canPark, now } = facts;
  const plan2 = planDeployment({
    record,
    instances,
    health,
    told: health,
    busy: /* @__PURE__ */ new Map(),
    failedCreates: /* @__PURE__ */ new Map(),
    seen: /* @__PURE__ */ new Set(),
    canPark,
    now,
    random01: 0.5
  });
  const findings = plan2.actions.map((action) => findingOf(facts, action));
  for (const instance of instances) {
    if (instance.state === "removing") findings.push(leaving(facts, instance));
  }
  if (plan2.drop) {
    const message = `${deploymentLabel(record)} is deleted, and nothing of it is left on the engine`;
    findings.push(aFinding(record, "deleting", message, "drop: its record, address and port go"));
  }
  findings.push(...waiting2(facts, plan2));
  return [...findings, ...statusFindings(record, facts.lastIncident, findings.length > 0)];
}
function aFinding(record, kind, message, willDo, instance) {
  const { id, tenant } = record.desired;
  return { kind, differs: true, deploymentId: id, tenant, ...instance && { instance }, message, willDo };
}
function findingOf(facts, action) {
  const { record } = facts;
  const instance = facts.instances.find((one) => one.name === action.name);
  const [kind, message] = judge3(facts, action, instance);
  return aFinding(record, kind, message, formatPlan({ ...emptyPlan(record), actions: [action] }), action.name);
}
function judge3(facts, action, instance) {
  const { record } = facts;
  const { desired } = record;
  if (action.kind === "park")
    return ["not-parked", `${action.name} runs, and ${deploymentLabel(record)} is to be parked`];
  if (action.kind === "unpark") {
    return [
      "still-parked",
      `${action.name} is ${instance?.state ?? "parked"}, and ${deploymentLabel(record)} is to run`
    ];
  }
  if (action.kind === "create") {
    if (instance) return ["half-made", `${action.name} is made and not started: a host is at it, or ended in between`];
    return ["missing", `${deploymentLabel(record)} lacks its instance ${action.ordinal}: none runs in its place`];
  }
  if (desired.deletedAt !== void 0) {
    return ["deleting", `${action.name} is still there, and ${deploymentLabel(record)} is deleted`];
  }
  if (instance?.state === "exited") return ["ended", `${action.name} has ended: ${describeExit(instance.exit)}`];
  if (desired.parked !== false)
    return ["surplus", `${action.name} is not needed while ${deploymentLabel(record)} is parked`];
  return judgeRemoval(facts, action.name, instance);
}
function judgeRemoval(facts, name, instance) {
  const { record } = facts;
  const target = chooseTarget({ record });
  if (facts.health.get(name) === "unhealthy") return ["unhealthy", `${name} fails its health checks`];
  if (instance && instance.templateHash !== target.hash) {
    return ["outdated", `${name} has version ${instance.templateHash}, and ${target.hash} is wanted`];
  }
  if (instance && instance.restartEpoch !== record.desired.restartEpoch) {
    return ["outdated", `${name} is from before the restart that was asked for`];
  }
  return ["surplus", `${name} is one too many: ${deploymentLabel(record)} is to have ${record.desired.replicas}`];
}
function leaving({ record }, { name }) {
  return aFinding(record, "leaving", `The engine is removing ${name}`, "wait until it is gone", name);
}
function waiting2(facts, plan2) {
  const { record, instances, now } = facts;
  const { desired } = record;
  if (desired.deletedAt !== void 0 || desired.parked !== false) return [];
  const { hash } = chooseTarget({ record });
  const made = new Set(plan2.actions.flatMap((action) => action.kind === "create" ? [action.ordinal] : []));
  const there = new Set(
    instances.filter((one) => one.state !== "exited" && one.state !== "removing").filter((one) => one.templateHash === hash && one.restartEpoch === desired.restartEpoch).map((one) => one.ordinal)
  );
  const findings = [];
  for (let ordinal = 0; ordinal < desired.replicas; ordinal += 1) {
    if (made.has(ordinal) || there.has(ordinal)) continue;
    const slot = plan2.status.slots.find((one) => one.ordinal === ordinal);
    const waitMs = (slot?.retryAt ?? 0) - now;
    const message = `${deploymentLabel(record)} lacks its instance ${ordinal}`;
    if (slot && waitMs > 0) {
      const words2 = `${message}: ${slot.failures} attempts ended in a row`;
      findings.push(aFinding(record, "waiting", words2, `make another attempt in ${Math.ceil(waitMs / 1e3)} s`));
    } else {
      const willDo = "make it once there is room: one beyond the wanted number at most";
      findings.push(aFinding(record, "waiting", `${message}: others are still in its place`, willDo));
    }
  }
  return findings;
}
function emptyPlan(record) {
  return {
    actions: [],
    status: record.status,
    events: [],
    incidents: [],
    routable: [],
    drop: false,
    lookAgainMs: void 0
  };
}

// packages/core/src/decide/diagnose-workload.ts
function diagnoseWorkload(facts) {
  const { record, observed, now } = facts;
  const plan2 = planWorkload({
    record,
    observed,
    health: /* @__PURE__ */ new Map(),
    toldEnds: new Set(observed?.ended.map((one) => one.name)),
    busy: false,
    refusal: void 0,
    now
  });
  const found = differenceOf(record, observed, plan2);
  const findings = found ? [
    {
      kind: found.kind,
      differs: true,
      deploymentId: record.desired.id,
      tenant: record.desired.tenant,
      message: found.message,
      willDo: found.willDo
    }
  ] : [];
  return [...findings, ...statusFindings(record, facts.lastIncident, findings.length > 0)];
}
function differenceOf(record, observed, plan2) {
  const label = deploymentLabel(record);
  if (plan2.drop) {
    const message2 = `${label} is deleted, and nothing of it is left on the engine`;
    return { kind: "deleting", message: message2, willDo: "drop: its record, address and port go" };
  }
  if (plan2.deleteCause !== void 0) {
    return { kind: "deleting", message: `${label} is deleted, and the engine has it still`, willDo: "delete it" };
  }
  if (observed?.deleting) {
    return { kind: "leaving", message: `The engine is removing ${label}`, willDo: "wait until it is gone" };
  }
  if (!plan2.apply) return void 0;
  const kind = observed ? "outdated" : "missing";
  const message = `${label} is not on the engine as it is wished for: ${plan2.apply.cause}`;
  return { kind, message, willDo: `apply it with ${plan2.apply.replicas} instances: ${plan2.apply.cause}` };
}

// packages/core/src/decide/health-from-checks.ts
var freshIntervals = 3;
var freshAtLeastMs = 6e4;
function healthFromChecks(record, instances, checks, now) {
  const { health: policy } = record.desired;
  const since = now - Math.max(freshAtLeastMs, freshIntervals * policy.intervalMs);
  const found = /* @__PURE__ */ new Map();
  for (const instance of instances) {
    if (instance.state !== "running") continue;
    const mine = checks.filter((check2) => check2.instance === instance.name && check2.checkedAt >= since);
    const firstOk = mine.findIndex((check2) => check2.status === "ok");
    const inRow = firstOk < 0 ? mine.length : firstOk;
    if (mine[0]?.status === "ok") found.set(instance.name, "healthy");
    else if (inRow >= policy.failureThreshold && isPastStart(instance, record, now)) {
      found.set(instance.name, "unhealthy");
    } else {
      const wasReady = record.status.lastReady?.hash === instance.templateHash;
      found.set(instance.name, wasReady ? "healthy" : "starting");
    }
  }
  return found;
}
function isPastStart(instance, record, now) {
  const since = instance.startedAt ?? instance.createdAt ?? 0;
  return now - since >= record.desired.health.startPeriodMs;
}

// packages/core/src/engine/diagnose.ts
var readsAtOnce = 8;
async function diagnose(options) {
  const { store, foreign = [] } = options;
  const owner = await store.owner();
  const before = await allRecords(store);
  const look = await lookAt(options, owner);
  const known = new Map(before.map((record) => [record.desired.id, record]));
  const hostOf = sharedOut(await store.holders());
  const ofDeployments = await inTurns(before, (record) => checkedFindings(options, look, record));
  const ofStrangers = await inTurns(
    [...look.byDeployment.keys()],
    (id) => known.has(id) ? [] : strangerFindings(store, id, instancesOf(look, id))
  );
  const addresses = await store.addresses({});
  const live = /* @__PURE__ */ new Set([...known.keys(), ...(await allRecords(store)).map(idOf)]);
  const findings = [
    ...ofDeployments.flat(),
    ...ofStrangers.flat(),
    ...diagnoseAddresses(addresses, live),
    ...foreign.map(foreignFinding),
    ...hostOf.alive.length === 0 && before.length > 0 ? [noHost] : []
  ];
  const hosts = hostOf.alive.map((id) => ({
    id,
    deployments: before.filter((record) => hostOf.find(idOf(record)) === id).length
  }));
  return {
    owner,
    engine: look.engine,
    hosts,
    deployments: before.length,
    instances: [...look.byDeployment.values()].reduce((sum2, instances) => sum2 + instances.length, 0),
    findings: findings.map((finding) => {
      const host = finding.deploymentId === void 0 ? void 0 : hostOf.find(finding.deploymentId);
      return host === void 0 ? finding : { ...finding, host };
    })
  };
}
var idOf = (record) => record.desired.id;
async function lookAt({ driver, signal }, owner) {
  const call = { signal: signal ?? new AbortController().signal };
  if (driver.level === "container") {
    return { ...indexInstances(await driver.list({ owner }, call)), workloads: void 0 };
  }
  const { engine, workloads } = await driver.describe({ owner }, call);
  return {
    engine,
    byDeployment: new Map(workloads.map(({ deploymentId, instances }) => [deploymentId, instances])),
    workloads: new Map(workloads.map((workload) => [workload.deploymentId, workload]))
  };
}
async function allRecords(store) {
  const records = [];
  let after;
  do {
    const page = await store.list({}, { limit: maxPageSize, after });
    records.push(...page.items);
    after = page.next;
  } while (after !== void 0);
  return records;
}
function sharedOut(alive) {
  const shares = alive.map((id) => ({ id, shards: shareOf(id, alive) }));
  const find = (id) => shares.find(({ shards }) => shards.has(shardOf(id)))?.id;
  return { alive, find };
}
async function checkedFindings(options, look, record) {
  const findings = await findingsOf(options, look, record);
  if (findings.length === 0) return findings;
  const { id, tenant } = record.desired;
  const later = await options.store.read(id);
  if (later?.revision === record.revision) return findings;
  const message = later ? `${id} was changed during this look` : `${id} was deleted to the end during this look`;
  return [{ kind: "in-motion", differs: false, deploymentId: id, tenant, message, willDo: "look again to know more" }];
}
async function findingsOf(options, look, record) {
  const { store, driver, now } = options;
  const { id } = record.desired;
  const { phase } = record.status;
  const failing = phase === "failed" || phase === "degraded";
  const [lastIncident] = failing ? await store.incidents({ deploymentId: id }, 1) : [];
  if (look.workloads) return diagnoseWorkload({ record, observed: look.workloads.get(id), lastIncident, now });
  const instances = instancesOf(look, id);
  const limit = Math.min(maxPageSize, 4 * instances.length * (record.desired.health.failureThreshold + 1));
  const checks = instances.some((one) => one.state === "running") ? await store.healthChecks(id, limit) : [];
  const health = healthFromChecks(record, instances, checks, now);
  const canPark = driver.capabilities.park.length > 0;
  return diagnoseDeployment({ record, instances, health, lastIncident, canPark, now });
}
async function strangerFindings(store, id, instances) {
  if (await store.read(id)) {
    const message = `${id} was made during this look`;
    return [{ kind: "in-motion", differs: false, deploymentId: id, message, willDo: "look again to know more" }];
  }
  const isDeleted = (await store.audit(id)).at(-1)?.action === "drop";
  return instances.map(({ name, tenant }) => ({
    kind: isDeleted ? "leftover" : "unknown",
    differs: true,
    deploymentId: id,
    tenant,
    instance: name,
    message: isDeleted ? `${name} is left of ${id}, which is deleted` : `${name} is of ${id}, which the store never heard of`,
    willDo: isDeleted ? "collect it" : "report it, and leave it alone"
  }));
}
function foreignFinding({ name, owner }) {
  const message = `${name} is not ours: it carries the owner ${owner}`;
  return { kind: "not-ours", differs: false, instance: name, owner, message, willDo: "never touch it" };
}
var noHost = {
  kind: "no-host",
  differs: false,
  message: "No host is alive on this store: agents go on as they are",
  willDo: "nothing until a host starts"
};
async function inTurns(items, work) {
  const results = [];
  for (let from = 0; from < items.length; from += readsAtOnce) {
    results.push(...await Promise.all(items.slice(from, from + readsAtOnce).map(work)));
  }
  return results;
}

// packages/core/src/memory/timer-heap.ts
function timerHeap() {
  const items = [];
  const before = (a, b) => {
    const [left, right] = [items[a], items[b]];
    return left.time < right.time || left.time === right.time && left.sequence < right.sequence;
  };
  const swap = (a, b) => {
    [items[a], items[b]] = [items[b], items[a]];
  };
  function rise(start) {
    let child = start;
    while (child > 0) {
      const parent = child - 1 >> 1;
      if (!before(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  }
  function sink() {
    let parent = 0;
    for (; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let first = parent;
      if (left < items.length && before(left, first)) first = left;
      if (right < items.length && before(right, first)) first = right;
      if (first === parent) return;
      swap(parent, first);
      parent = first;
    }
  }
  return {
    push(timer) {
      items.push(timer);
      rise(items.length - 1);
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (first !== last && last !== void 0) {
        items[0] = last;
        sink();
      }
      return first;
    },
    get size() {
      return items.length;
    }
  };
}

// packages/core/src/memory/memory-clock.ts
var turnsBetweenTimers = 100;
var turnsAtTheEnd = 1e3;
function memoryClock(startMs = 17040672e5) {
  const heap = timerHeap();
  const live = /* @__PURE__ */ new Set();
  let elapsed2 = 0;
  let wallOffset = startMs;
  let sequence = 0;
  function nextDue(limit) {
    for (let top = heap.peek(); top !== void 0 && top.time <= limit; top = heap.peek()) {
      heap.pop();
      if (live.delete(top)) return top;
    }
    return void 0;
  }
  return {
    now: () => wallOffset + elapsed2,
    monotonic: () => elapsed2,
    setTimer(delayMs, run) {
      const timer = { time: elapsed2 + Math.max(0, delayMs), sequence: sequence++, run };
      live.add(timer);
      heap.push(timer);
      return () => {
        live.delete(timer);
      };
    },
    async advance(ms) {
      const target = elapsed2 + ms;
      await turns(turnsBetweenTimers);
      for (let timer = nextDue(target); timer !== void 0; timer = nextDue(target)) {
        elapsed2 = Math.max(elapsed2, timer.time);
        timer.run();
        await turns(turnsBetweenTimers);
      }
      elapsed2 = Math.max(elapsed2, target);
      await turns(turnsAtTheEnd);
    },
    jumpWall(ms) {
      wallOffset += ms;
    },
    pending: () => live.size
  };
}
async function turns(count2) {
  for (let turn = 0; turn < count2; turn += 1) await Promise.resolve();
}

// packages/core/src/memory/memory-front-door.ts
function inFlightTable(clock) {
  const counts = /* @__PURE__ */ new Map();
  const waiting3 = /* @__PURE__ */ new Set();
  const count2 = (instance) => counts.get(instance) ?? 0;
  const look = () => {
    for (const check2 of [...waiting3]) check2();
  };
  return {
    count: count2,
    begin(instance) {
      counts.set(instance, count2(instance) + 1);
      let finished = false;
      return () => {
        if (finished) return;
        finished = true;
        counts.set(instance, count2(instance) - 1);
        look();
      };
    },
    drain: (instance, timeoutMs) => new Promise((resolve) => {
      if (count2(instance) <= 0) return resolve();
      const finish = () => {
        waiting3.delete(check2);
        cancel?.();
        resolve();
      };
      const check2 = () => {
        if (count2(instance) <= 0) finish();
      };
      const cancel = clock?.setTimer(timeoutMs, finish);
      waiting3.add(check2);
    }),
    clear() {
      counts.clear();
      look();
    }
  };
}
function memoryFrontDoor(options = {}) {
  const open = /* @__PURE__ */ new Map();
  const inFlight = inFlightTable(options.clock);
  const listeners2 = /* @__PURE__ */ new Set();
  const needsPort = options.needsPort ?? true;
  return {
    needsPort,
    async open(record) {
      const there = open.get(record.id);
      if (there) return there.url;
      const taken = [...open.values()].find((other) => needsPort && other.record.port === record.port);
      if (taken) {
        throw new MoorageError("already_exists", `Port ${record.port} is taken by address "${taken.record.id}"`, {
          operation: "front-door.open",
          context: { port: record.port }
        });
      }
      const url = needsPort ? `http://memory:${record.port}` : `http://memory/${record.id}`;
      open.set(record.id, { record, url, backends: [], requests: 0, waiting: 0 });
      return url;
    },
    route(id, backends) {
      const address = open.get(id);
      if (!address) return;
      address.backends = [...backends];
      if (backends.length > 0) address.waiting = 0;
    },
    request(id) {
      const address = open.get(id);
      if (!address) return { kind: "unknown" };
      const load = ({ instance }) => inFlight.count(instance);
      const [backend] = [...address.backends].sort((a, b) => load(a) - load(b));
      if (backend) {
        address.requests += 1;
        return { kind: "sent", backend, done: inFlight.begin(backend.instance) };
      }
      address.waiting += 1;
      for (const listener of listeners2) listener(address.record.deploymentId);
      return { kind: "waiting" };
    },
    backends: (id) => open.get(id)?.backends,
    ports: () => [...open.values()].flatMap(({ record }) => record.port === void 0 ? [] : [record.port]),
    url: (id) => open.get(id)?.url,
    load(id) {
      const address = open.get(id);
      if (!address) return void 0;
      const busy = address.backends.reduce((sum2, { instance }) => sum2 + inFlight.count(instance), 0);
      return { inFlight: busy, waiting: address.waiting, requests: address.requests };
    },
    drain: inFlight.drain,
    onWaiting(listener) {
      listeners2.add(listener);
      return () => void listeners2.delete(listener);
    },
    async release(id) {
      open.delete(id);
    },
    async close() {
      open.clear();
      inFlight.clear();
    }
  };
}

// packages/core/src/memory/memory-rollout.ts
function rolloutStep(wanted, replicas) {
  const current2 = replicas.filter((replica) => replica.current);
  const old = replicas.filter((replica) => !replica.current);
  const surplus = unreadyFirst(current2).slice(0, Math.max(0, current2.length - wanted));
  const room = wanted + (old.length > 0 ? 1 : 0) - replicas.length;
  let serving = replicas.filter(({ ready }) => ready).length - surplus.filter(({ ready }) => ready).length;
  const retired = unreadyFirst(old).filter(({ ready }) => {
    if (!ready) return true;
    if (serving <= wanted) return false;
    serving -= 1;
    return true;
  });
  const excess = replicas.length - surplus.length - retired.length - (wanted + 1);
  const idle = current2.filter((replica) => !replica.ready && !surplus.includes(replica)).slice(0, Math.max(0, excess));
  return {
    create: wanted === 0 ? 0 : Math.max(0, Math.min(room, wanted - current2.length)),
    remove: [...surplus, ...retired, ...idle].map(({ name }) => name),
    complete: old.length === 0 && current2.length === wanted && current2.every(({ ready }) => ready)
  };
}
function unreadyFirst(replicas) {
  return [...replicas].sort((a, b) => Number(a.ready) - Number(b.ready));
}

// packages/core/src/memory/memory-workload.ts
function newWorkload(wish) {
  return {
    wish,
    deleting: false,
    rollout: "progressing",
    rolloutStartedMs: 0,
    cause: void 0,
    attempt: 0,
    failures: 0,
    retryAtMs: 0,
    ended: [],
    cancelLook: () => {
    }
  };
}
function instancesOf2({ world }, { wish }) {
  return [...world.instances.values()].filter(
    ({ spec }) => spec.kind === "agent" && spec.owner === wish.owner && spec.deploymentId === wish.deploymentId
  );
}
function isReady2(inside, instance) {
  const { health } = inside.behaviourOf(instance.spec);
  return instance.state === "running" && inside.warm(instance) && (health === "ok" || health === "degraded");
}
function isCurrent({ wish }, { spec }) {
  return spec.templateHash === wish.templateHash && spec.restartEpoch === wish.restartEpoch;
}
function wantedOf({ replicas }) {
  return "fixed" in replicas ? replicas.fixed : replicas.min;
}
function toObservedWorkload(inside, workload) {
  const { wish, deleting, rollout, cause, ended: ended2 } = workload;
  const instances = instancesOf2(inside, workload);
  return {
    deploymentId: wish.deploymentId,
    tenant: wish.tenant,
    generation: wish.generation,
    templateHash: wish.templateHash,
    restartEpoch: wish.restartEpoch,
    deleting,
    wanted: deleting ? 0 : wantedOf(wish),
    ready: instances.filter((instance) => isReady2(inside, instance)).length,
    updated: instances.filter((instance) => isCurrent(workload, instance) && instance.state !== "removing").length,
    rollout,
    causes: cause === void 0 ? [] : [cause],
    instances: instances.map(toObservedInstance),
    ended: structuredClone(ended2)
  };
}
function specOf2(wish, ordinal, attempt) {
  const { template } = wish;
  return {
    kind: "agent",
    name: instanceName(wish.deploymentId, wish.templateHash, ordinal, attempt),
    owner: wish.owner,
    tenant: wish.tenant,
    deploymentId: wish.deploymentId,
    agentId: wish.agentId,
    ordinal,
    attempt,
    templateHash: wish.templateHash,
    restartEpoch: wish.restartEpoch,
    source: template.source,
    command: template.command,
    env: Object.fromEntries(template.env.flatMap((env) => "value" in env ? [[env.name, env.value]] : [])),
    secretEnv: wish.secretEnv,
    port: template.port,
    resources: template.resources,
    user: template.user,
    readOnlyRoot: template.readOnlyRoot,
    isolated: template.isolated,
    egress: template.egress,
    volumes: template.volumes,
    graceMs: template.graceMs
  };
}

// packages/core/src/memory/memory-controller.ts
var keptEnds = 50;
var firstRetryMs = 1e3;
var longestRetryMs = 3e5;
function reconcileWorkload(controller, workload) {
  const { inside } = controller;
  if (!controller.holds(workload)) return;
  if (workload.deleting) {
    for (const instance of instancesOf2(inside, workload)) {
      removeInstance(inside, inside.world, instance, instance.spec.graceMs, true);
    }
    if (instancesOf2(inside, workload).length > 0) return;
    controller.forget(workload);
    purgeVolumes(inside.world, workload.wish.owner, workload.wish.deploymentId);
    return;
  }
  collectEnded(inside, workload);
  const live = instancesOf2(inside, workload).filter(({ state }) => state !== "removing");
  const step3 = rolloutStep(
    wantedOf(workload.wish),
    live.map((instance) => ({
      name: instance.spec.name,
      current: isCurrent(workload, instance),
      ready: isReady2(inside, instance)
    }))
  );
  for (const instance of live.filter(({ spec }) => step3.remove.includes(spec.name))) {
    removeInstance(inside, inside.world, instance, instance.spec.graceMs, false);
  }
  const waitMs = workload.retryAtMs - inside.clock.monotonic();
  if (step3.create > 0 && inside.timed && waitMs > 0) lookAgain2(controller, workload, waitMs);
  else for (let made = 0; made < step3.create && makeReplica(controller, workload); made += 1) ;
  judge4(inside, workload, step3);
}
function lookAgain2(controller, workload, delayMs) {
  if (!controller.inside.timed) return;
  workload.cancelLook();
  workload.cancelLook = controller.inside.clock.setTimer(delayMs, () => reconcileWorkload(controller, workload));
}
function beginRollout2(controller, workload) {
  const { inside } = controller;
  workload.rollout = "progressing";
  workload.rolloutStartedMs = inside.clock.monotonic();
  workload.failures = 0;
  workload.retryAtMs = 0;
  workload.cause = void 0;
  if (inside.timed) {
    inside.clock.setTimer(workload.wish.rolloutDeadlineMs, () => reconcileWorkload(controller, workload));
  }
}
function collectEnded(inside, workload) {
  for (const instance of instancesOf2(inside, workload)) {
    if (instance.state !== "exited" || !instance.exit) continue;
    workload.ended.push({ name: instance.spec.name, exit: instance.exit });
    workload.ended.splice(0, Math.max(0, workload.ended.length - keptEnds));
    workload.cause = `Instance "${instance.spec.name}" ended: ${wordsOf(instance.exit)}`;
    backOff(inside, workload);
    vanishInstance(inside, inside.world, instance);
  }
}
function backOff({ clock }, workload) {
  const { failures } = workload;
  const delayMs = failures === 0 ? 0 : Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  workload.failures += 1;
  workload.retryAtMs = clock.monotonic() + delayMs;
}
function makeReplica(controller, workload) {
  const { inside } = controller;
  const taken = new Set(instancesOf2(inside, workload).map(({ spec: spec2 }) => spec2.ordinal));
  let ordinal = 0;
  while (taken.has(ordinal)) ordinal += 1;
  workload.attempt += 1;
  const spec = specOf2(workload.wish, ordinal, workload.attempt);
  const { createError, startDelayMs, healthyAfterMs } = inside.behaviourOf(spec);
  if (createError || inside.world.instances.size >= inside.room) {
    workload.cause = createError?.message ?? "Unschedulable: the memory engine is full";
    backOff(inside, workload);
    lookAgain2(controller, workload, Math.max(firstRetryMs, workload.retryAtMs - inside.clock.monotonic()));
    return false;
  }
  const instance = makeInstance(inside, inside.world, spec);
  const start = () => {
    if (instance.state !== "creating") return;
    startInstance(inside, instance);
    if (healthyAfterMs > 0) inside.clock.setTimer(healthyAfterMs, () => reconcileWorkload(controller, workload));
  };
  if (startDelayMs > 0) inside.clock.setTimer(startDelayMs, start);
  else start();
  return true;
}
function judge4({ clock }, workload, step3) {
  if (step3.complete) {
    workload.rollout = "complete";
    workload.cause = void 0;
    workload.failures = 0;
    return;
  }
  const { rolloutDeadlineMs } = workload.wish;
  if (workload.rollout !== "progressing") return;
  if (clock.monotonic() - workload.rolloutStartedMs < rolloutDeadlineMs) return;
  workload.rollout = "failed";
  workload.cause ??= `The roll-out was not ready within ${rolloutDeadlineMs} ms`;
}
function wordsOf({ code, signal, oom, message }) {
  if (oom) return "out of memory";
  return message ?? (signal ? `signal ${signal}` : `exit code ${code ?? "unknown"}`);
}

// packages/core/src/memory/memory-cluster.ts
function memoryCluster(engine) {
  const { inside } = engine;
  const byWorld = /* @__PURE__ */ new Map();
  const here = () => {
    const site = byWorld.get(inside.world) ?? newSite(inside, inside.world);
    byWorld.set(inside.world, site);
    return site;
  };
  const ofOwner = (owner) => [...here().workloads.values()].filter(({ wish }) => wish.owner === owner);
  inside.watch((spec) => {
    for (const { workloads, controller } of byWorld.values()) {
      const workload = workloads.get(spec.deploymentId);
      if (workload) lookAgain2(controller, workload, 0);
    }
  });
  return {
    apply(wish) {
      const id = wish.deploymentId;
      const { workloads, controller } = here();
      const there = workloads.get(id);
      if (there && there.wish.owner !== wish.owner || inside.world.foreign.has(id)) throw conflict(id);
      const before = there?.wish;
      const workload = there ?? newWorkload(wish);
      workload.wish = structuredClone(wish);
      workloads.set(id, workload);
      if (before?.templateHash !== wish.templateHash || before.restartEpoch !== wish.restartEpoch) {
        beginRollout2(controller, workload);
      }
      reconcileWorkload(controller, workload);
    },
    delete(deploymentId, owner) {
      const { workloads, controller } = here();
      const workload = workloads.get(deploymentId);
      if (workload?.wish.owner !== owner) return;
      workload.deleting = true;
      if (inside.timed) lookAgain2(controller, workload, 0);
      else queueMicrotask(() => reconcileWorkload(controller, workload));
    },
    describe(owner) {
      if (!inside.timed) for (const workload of ofOwner(owner)) reconcileWorkload(here().controller, workload);
      return ofOwner(owner).map((workload) => toObservedWorkload(inside, workload));
    },
    leftovers: (owner) => ofOwner(owner).map(({ wish }) => `workload ${wish.deploymentId}`)
  };
}
function newSite(inside, world) {
  const workloads = /* @__PURE__ */ new Map();
  return {
    workloads,
    controller: {
      inside: insideOf(inside, world),
      holds: (workload) => workloads.get(workload.wish.deploymentId) === workload,
      forget: (workload) => void workloads.delete(workload.wish.deploymentId)
    }
  };
}
function insideOf(inside, world) {
  return {
    ...inside,
    world,
    get room() {
      return inside.room;
    },
    get callDelayMs() {
      return inside.callDelayMs;
    }
  };
}
function conflict(deploymentId) {
  const message = `Cannot apply "${deploymentId}": something of another owner has that name`;
  return new MoorageError("conflict", message, { operation: "apply", retryable: false, context: { deploymentId } });
}

// packages/core/src/memory/memory-workload-driver.ts
var everything2 = {
  isolation: true,
  sources: ["image", "build", "program"],
  limits: { cpu: true, memory: true, disk: true, pids: true },
  park: ["stop"],
  egressControl: true,
  volumes: true,
  logs: true,
  watch: true,
  usage: ["cpu", "memory"],
  runs: true
};
function memoryWorkloadDriver(options = {}) {
  const engine = options.engine ?? memoryEngine({ clock: options.clock, random: options.random });
  const cluster = options.cluster ?? memoryCluster(engine);
  const capabilities = Object.freeze({ ...everything2, ...options.capabilities });
  const calls = memoryCalls("memory-workload", engine);
  const extras = memoryExtras(engine, calls, capabilities);
  const { watch: watch2, logs, usage, startRun } = extras.methods;
  const driver = {
    contract: 1,
    level: "workload",
    name: "memory-workload",
    capabilities,
    engine,
    cluster,
    transport: memoryTransport(engine),
    ...capabilities.watch && { watch: watch2 },
    ...capabilities.logs && { logs },
    ...capabilities.usage.length > 0 && { usage },
    ...capabilities.runs && { startRun },
    async list({ owner }, call) {
      await calls.enter("list", call);
      const instances = [...engine.inside.world.instances.values()].filter(({ spec }) => spec.owner === owner);
      return { engine: engine.id, instances: instances.map(toObservedInstance) };
    },
    async apply(workload, call) {
      await calls.enter("apply", call);
      const lacking = lackingCapability(workload.template, capabilities);
      if (lacking) throw calls.unsupported("apply", lacking);
      cluster.apply(workload);
    },
    async deleteWorkload(deploymentId, call) {
      await calls.enter("deleteWorkload", call);
      cluster.delete(deploymentId, call.owner);
      for (const instance of engine.inside.world.instances.values()) {
        const { kind, owner, deploymentId: id, graceMs } = instance.spec;
        if (kind === "run" && owner === call.owner && id === deploymentId) {
          removeInstance(engine.inside, engine.inside.world, instance, graceMs, true);
        }
      }
    },
    async describe({ owner }, call) {
      await calls.enter("describe", call);
      return { engine: engine.id, workloads: cluster.describe(owner) };
    },
    async close() {
      calls.close();
      extras.close();
    }
  };
  return Object.freeze(driver);
}

// packages/core/src/model/events.ts
var hostEventTypes = [
  "deployment-created",
  "deployment-updated",
  "deployment-scaled",
  "deployment-parked",
  "deployment-unparked",
  "deployment-restarted",
  "deployment-deleting",
  "deployment-deleted",
  "deployment-ready",
  "deployment-degraded",
  "deployment-failed",
  "deployment-progressing",
  "rollout-started",
  "rollout-finished",
  "rollout-rolled-back",
  "instance-created",
  "instance-ready",
  "instance-unhealthy",
  "instance-ended",
  "instance-removed",
  "health-changed",
  "incident-opened",
  "orphan-reported"
];

// packages/core/src/ports/crash-points.ts
var crashPointNames = [
  "desired-committed",
  "plan-made",
  "plan-committed",
  "before-create",
  "after-create",
  "before-remove",
  "after-remove",
  "before-park",
  "after-park",
  "before-unpark",
  "after-unpark",
  "before-apply",
  "after-apply",
  "before-drop",
  "after-drop"
];
export {
  MoorageError,
  aesSecrets,
  crashPointNames,
  createHost,
  diagnose,
  directFrontDoor,
  errorCodes,
  hostEventTypes,
  httpTransport,
  instanceName,
  isMoorageError,
  memoryClock,
  memoryDriver,
  memoryEngine,
  memoryFrontDoor,
  memorySecrets,
  memoryStore,
  memoryWorkloadDriver,
  parseManifest,
  seededRandom,
  shardCount,
  systemClock,
  systemRandom,
  toMoorageError,
  verifyAuditChain
};
