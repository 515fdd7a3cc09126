float4 larger_float4(float4 a, float4 b) { return b > a ? b : a; }

__attribute__((reqd_work_group_size(16, 1, 1)))
__kernel void conv2d(__global const float* restrict input,
    __global const float* restrict weights,
    __global const float* restrict bias,
    __global float* restrict output) {
  __local float b_shared[1][4][8];
  float sum[1][2][1][4];
  float a[1][1][4];
  float b[2];
  const int y_group = (int)get_group_id(1);
  const int x_group = (int)get_group_id(0) / 2;
  const int n_group = (int)get_group_id(0) % 2;
  // clear the sums
  {
    const int y_item = (int)get_local_id(0) / 8;
    const int n_item = (int)get_local_id(0) / 2 % 4;
    const int x_item = (int)get_local_id(0) % 2;
    #pragma unroll
    for (int n_part = 0; n_part < 2; ++n_part) {
      vstore4((float4)(0.0f), 0, &sum[0][n_part][0][0]);
    }
  }
  // stage a block of b
  for (int ky = 0; ky < 3; ++ky) {
    for (int kx = 0; kx < 3; ++kx) {
      for (int k_step = 0; k_step < 4; ++k_step) {
        {
          const int b_k_item = (int)get_local_id(0) / 4;
          const int b_n_item = (int)get_local_id(0) % 4;
          vstore2(vload2(0, &weights[16 * b_k_item + 2 * b_n_item + 64 * k_step + 256 * kx + 768 * ky + 8 * n_group]), 0, &b_shared[0][b_k_item][2 * b_n_item]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        // read the input
        {
          const int y_item = (int)get_local_id(0) / 8;
          const int n_item = (int)get_local_id(0) / 2 % 4;
          const int x_item = (int)get_local_id(0) % 2;
          for (int k_o = 0; k_o < 2; ++k_o) {
            #pragma unroll
            for (int k_u = 0; k_u < 2; ++k_u) {
              #pragma unroll
              for (int x_lane = 0; x_lane < 4; ++x_lane) {
                if ((ky + 2 * y_group + y_item - 1 >= 0 && -ky - 2 * y_group - y_item + 9 >= 0 && kx + 8 * x_group + 4 * x_item + x_lane - 1 >= 0 && -kx - 8 * x_group - 4 * x_item - x_lane + 12 >= 0)) {
                  a[0][0][x_lane] = input[216 * k_o + 432 * k_step + 108 * k_u + kx + 12 * ky + 8 * x_group + 4 * x_item + x_lane + 24 * y_group + 12 * y_item - 13];
                }
                else {
                  a[0][0][x_lane] = 0.0f;
                }
              }
              // read the weights
              #pragma unroll
              for (int n_part = 0; n_part < 2; ++n_part) {
                b[n_part] = b_shared[0][2 * k_o + k_u][2 * n_item + n_part];
              }
              // multiply and add
              #pragma unroll
              for (int n_part = 0; n_part < 2; ++n_part) {
                vstore4(fma(vload4(0, &a[0][0][0]), (float4)(b[n_part]), vload4(0, &sum[0][n_part][0][0])), 0, &sum[0][n_part][0][0]);
              }
            }
          }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
      }
    }
  }
  // finish and store
  {
    const int y_item = (int)get_local_id(0) / 8;
    const int n_item = (int)get_local_id(0) / 2 % 4;
    const int x_item = (int)get_local_id(0) % 2;
    if (-2 * y_group - y_item + 8 >= 0) {
      #pragma unroll
      for (int n_part = 0; n_part < 2; ++n_part) {
        if (-8 * x_group - 4 * x_item + 8 >= 0) {
          vstore4(larger_float4((vload4(0, &sum[0][n_part][0][0]) + (float4)(bias[8 * n_group + 2 * n_item + n_part])), (float4)(0.0f)), 0, &output[864 * n_group + 216 * n_item + 108 * n_part + 8 * x_group + 4 * x_item + 24 * y_group + 12 * y_item]);
        }
      }
    }
  }
}
