/** Version of this package, written into the schema with each migration. A test holds it against `package.json`. */
export const packageVersion = '0.1.0';
