/** Engines that `doctor` can look at. */
export const driverNames = ['docker', 'process'] as const;
export type DriverName = (typeof driverNames)[number];
