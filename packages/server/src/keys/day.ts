/** A day, in milliseconds; KMS counts rotation and waiting periods in days of 24 hours. */
export const dayMs = 24 * 60 * 60 * 1000;
