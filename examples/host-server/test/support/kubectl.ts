import { execFile } from 'node:child_process';

/** What `kubectl` prints for the test cluster; rejects with what it said on the other stream. */
export function kubectl(args: readonly string[], input = ''): Promise<string> {
  const { MOORAGE_TEST_KUBECONFIG, KUBECONFIG, MOORAGE_TEST_KUBECTL = 'kubectl' } = process.env;
  const kubeconfig = MOORAGE_TEST_KUBECONFIG || KUBECONFIG;
  if (!kubeconfig) throw new Error('Set MOORAGE_TEST_KUBECONFIG or KUBECONFIG to the kubeconfig of a test cluster');
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return new Promise((resolve, reject) => {
    const child = execFile(
      MOORAGE_TEST_KUBECTL,
      [...args],
      { env, timeout: 170_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`));
        else resolve(stdout);
      },
    );
    child.stdin?.end(input);
  });
}
