// B = the transpose of A, both of N x N floats, row by row. A block moves a tile of TILE x TILE through shared memory
// with TILE x ROWS threads, each of which moves every ROWS-th element of its column. Without PAD the threads of a warp
// read a column of the tile from one and the same bank.

__global__ void transpose(const float* a, float* b) {
  __shared__ float tile[TILE][TILE + PAD];
  const int column = blockIdx.x * TILE;
  const int row = blockIdx.y * TILE;
#pragma unroll UNROLL
  for (int i = threadIdx.y; i < TILE; i += ROWS)
    tile[i][threadIdx.x] = a[(row + i) * N + column + threadIdx.x];
  __syncthreads();
#pragma unroll UNROLL
  for (int i = threadIdx.y; i < TILE; i += ROWS)
    b[(column + i) * N + row + threadIdx.x] = tile[threadIdx.x][i];
}
