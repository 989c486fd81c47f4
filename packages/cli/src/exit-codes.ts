/** Exit code of `doctor` where nothing can be said. */
export const cannotLook = 2;
