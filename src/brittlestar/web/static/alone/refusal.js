// What is refused, in the words of Python: _shared/errors.py, and of a question's form what Pydantic says.
export class InputError extends Error {
  constructor(where, value, accepted) {
    super(`${where}: got ${value}; ${accepted}`);
  }
}

const listed = (values) => { const said = values.map((one) => (typeof one === "string" ? `'${one}'` : String(one))); return said.length < 2 ? said[0] : `${said.slice(0, -1).join(", ")} or ${said.at(-1)}`; };

// What is wrong with a value by its schema, or nothing.
function wrong(value, schema) {
  if (schema.anyOf) return value === null ? null : wrong(value, schema.anyOf.find((one) => one.type !== "null"));
  if (schema.enum) return schema.enum.includes(value) ? null : `Input should be ${listed(schema.enum)}`;
  if (schema.type === "string") return typeof value !== "string" ? "Input should be a valid string" : value.length > schema.maxLength ? `String should have at most ${schema.maxLength} characters` : null;
  if (schema.type === "integer" && !Number.isInteger(value)) return "Input should be a valid integer";
  if (typeof value !== "number") return "Input should be a valid number";
  if (!Number.isFinite(value)) return "Input should be a finite number";
  if (value < schema.minimum) return `Input should be greater than or equal to ${schema.minimum}`;
  if (value <= schema.exclusiveMinimum) return `Input should be greater than ${schema.exclusiveMinimum}`;
  if (value > schema.maximum) return `Input should be less than or equal to ${schema.maximum}`;
  return null;
}

// The question with what was left out at its usual value. Throws all that its form refuses.
export function checked(asked, schema) {
  const found = [], followed = (one) => (one.$ref ? schema.$defs[one.$ref.split("/").at(-1)] : one);
  const walk = (value, of, path) => {
    const form = followed(of);
    if (form.type !== "object") {
      const why = wrong(value, form);
      if (why) found.push({ path, why });
      return value;
    }
    for (const name of Object.keys(value)) if (!(name in form.properties)) found.push({ path: [...path, name], why: "Extra inputs are not permitted" });
    return Object.fromEntries(Object.entries(form.properties).map(([name, part]) => [
      name, name in value || followed(part).type === "object" ? walk(value[name] ?? (followed(part).type === "object" ? {} : null), part, [...path, name]) : part.default,
    ]));
  };
  const made = walk(asked, schema, []);
  if (!found.length) return made;
  const error = new Error(found.map(({ path, why }) => `${path.join(" ")} ${why}`).join("; "));
  throw Object.assign(error, { at: found[0].path.at(-1) });
}
