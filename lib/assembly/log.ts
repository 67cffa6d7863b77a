/** Natural logarithm, from JavaScript: an implementation here would need tables in memory that belongs to tfjs. */
// @ts-ignore: decorator
@external("env", "log")
export declare function log(x: f64): f64;
