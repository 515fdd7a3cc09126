// C = A B for row-major matrices of N x N floats. A work-item computes TILE_Y x TILE_X elements of C, which lie a
// work-group apart. With STAGE the group copies its parts of A and B to local memory first.

#define ROWS (GROUP_Y * TILE_Y)
#define COLUMNS (GROUP_X * TILE_X)

__kernel void matmul(__global const float* a, __global const float* b, __global float* c) {
  const int column = get_group_id(0) * COLUMNS + get_local_id(0);
  const int row = get_group_id(1) * ROWS + get_local_id(1);
  float sum[TILE_Y][TILE_X];
  for (int y = 0; y < TILE_Y; ++y)
    for (int x = 0; x < TILE_X; ++x) sum[y][x] = 0.0f;
#if STAGE
  __local float part_a[ROWS][DEPTH];
  __local float part_b[DEPTH][COLUMNS];
  const int item = get_local_id(1) * GROUP_X + get_local_id(0);
  for (int begin = 0; begin < N; begin += DEPTH) {
    for (int i = item; i < ROWS * DEPTH; i += GROUP_X * GROUP_Y)
      part_a[i / DEPTH][i % DEPTH] = a[(get_group_id(1) * ROWS + i / DEPTH) * N + begin + i % DEPTH];
    for (int i = item; i < DEPTH * COLUMNS; i += GROUP_X * GROUP_Y)
      part_b[i / COLUMNS][i % COLUMNS] = b[(begin + i / COLUMNS) * N + get_group_id(0) * COLUMNS + i % COLUMNS];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = 0; k < DEPTH; ++k)
      for (int y = 0; y < TILE_Y; ++y)
        for (int x = 0; x < TILE_X; ++x)
          sum[y][x] += part_a[get_local_id(1) + y * GROUP_Y][k] * part_b[k][get_local_id(0) + x * GROUP_X];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#else
  for (int k = 0; k < N; ++k)
    for (int y = 0; y < TILE_Y; ++y)
      for (int x = 0; x < TILE_X; ++x)
        sum[y][x] += a[(row + y * GROUP_Y) * N + k] * b[k * N + column + x * GROUP_X];
#endif
  for (int y = 0; y < TILE_Y; ++y)
    for (int x = 0; x < TILE_X; ++x) c[(row + y * GROUP_Y) * N + column + x * GROUP_X] = sum[y][x];
}
