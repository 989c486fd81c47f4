/** What a host needs to start on the test cluster, which can pull no image. */
export function clusterEnv(): Readonly<Record<string, string>> {
  const { MOORAGE_TEST_KUBECONFIG, KUBECONFIG: usual, MOORAGE_TEST_LOAD } = process.env;
  const KUBECONFIG = MOORAGE_TEST_KUBECONFIG || usual;
  if (!KUBECONFIG) throw new Error('Set MOORAGE_TEST_KUBECONFIG or KUBECONFIG to the kubeconfig of a test cluster');
  if (!MOORAGE_TEST_LOAD) throw new Error('Set MOORAGE_TEST_LOAD to a command that loads an image into the cluster');
  return { KUBECONFIG, MOORAGE_LOAD_IMAGE: MOORAGE_TEST_LOAD };
}
