import { MoorageError } from '@moorage/protocol';

/**
 * A package that is only needed for what was asked for. Errors: `unsupported` when it is not installed, with how to get
 * it.
 */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' || !String(message).includes(name)) throw thrown;
    throw new MoorageError(
      'unsupported',
      `This needs the package ${name}, which is not installed: npm install ${name}`,
      {
        operation: 'cli.doctor',
        context: { package: name },
        cause: thrown,
      },
    );
  }
}
