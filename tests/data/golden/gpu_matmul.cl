float larger_float(float a, float b) { return b > a ? b : a; }

__attribute__((reqd_work_group_size(16, 1, 1)))
__kernel void matmul_1(__global const float* restrict input,
    __global const float* restrict weights,
    __global float* restrict partial) {
  __local float a_shared[2][8][1][8];
  __local float b_shared[2][8][16];
  float sum[1][2][1][4];
  float a[1][2];
  float b[1][4];
  float a_next[1][1][1][4];
  float b_next[1][2][1][4];
  const int k_split = (int)get_group_id(2) % 2;
  const int m_major = (int)get_group_id(0) / 8;
  const int n_group = (int)get_group_id(0) / 2 % 4;
  const int m_minor = (int)get_group_id(0) % 2;
  // clear the sums
  {
    const int m_item = (int)get_local_id(0) / 4 % 4;
    const int n_item = (int)get_local_id(0) % 4;
    #pragma unroll
    for (int m_part = 0; m_part < 2; ++m_part) {
      vstore4((float4)(0.0f), 0, &sum[0][m_part][0][0]);
    }
  }
  // fetch a block of a
  {
    const int a_x_item = (int)get_local_id(0) / 2;
    const int a_k_item = (int)get_local_id(0) % 2;
    if (-a_x_item - 16 * m_major - 8 * m_minor + 59 >= 0) {
      vstore4(vload4(0, &input[4 * a_k_item + 128 * a_x_item + 64 * k_split + 2048 * m_major + 1024 * m_minor]), 0, &a_next[0][0][0][0]);
    }
    else {
      vstore4((float4)(0.0f), 0, &a_next[0][0][0][0]);
    }
  }
  // fetch a block of b
  {
    const int b_k_item = (int)get_local_id(0) / 4;
    const int b_n_item = (int)get_local_id(0) % 4;
    #pragma unroll
    for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
      vstore4(vload4(0, &weights[64 * b_k_item + 256 * b_k_turn + 4 * b_n_item + 4096 * k_split + 16 * n_group]), 0, &b_next[0][b_k_turn][0][0]);
    }
  }
  // stage a block of a
  for (int k_pair = 0; k_pair < 4; ++k_pair) {
    #pragma unroll
    for (int k_buffer = 0; k_buffer < 2; ++k_buffer) {
      {
        const int a_x_item = (int)get_local_id(0) / 2;
        const int a_k_item = (int)get_local_id(0) % 2;
        {
          const float4 lanes = vload4(0, &a_next[0][0][0][0]);
          a_shared[k_buffer][4 * a_k_item][0][a_x_item] = lanes.s0;
          a_shared[k_buffer][4 * a_k_item + 1][0][a_x_item] = lanes.s1;
          a_shared[k_buffer][4 * a_k_item + 2][0][a_x_item] = lanes.s2;
          a_shared[k_buffer][4 * a_k_item + 3][0][a_x_item] = lanes.s3;
        }
      }
      // stage a block of b
      {
        const int b_k_item = (int)get_local_id(0) / 4;
        const int b_n_item = (int)get_local_id(0) % 4;
        #pragma unroll
        for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
          vstore4(vload4(0, &b_next[0][b_k_turn][0][0]), 0, &b_shared[k_buffer][b_k_item + 4 * b_k_turn][4 * b_n_item]);
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      // fetch a block of a
      {
        const int a_x_item = (int)get_local_id(0) / 2;
        const int a_k_item = (int)get_local_id(0) % 2;
        if ((-4 * a_k_item - 8 * k_buffer - 16 * k_pair - 64 * k_split + 116 >= 0 && -a_x_item - 16 * m_major - 8 * m_minor + 59 >= 0)) {
          vstore4(vload4(0, &input[4 * a_k_item + 128 * a_x_item + 8 * k_buffer + 16 * k_pair + 64 * k_split + 2048 * m_major + 1024 * m_minor + 8]), 0, &a_next[0][0][0][0]);
        }
        else {
          vstore4((float4)(0.0f), 0, &a_next[0][0][0][0]);
        }
      }
      // fetch a block of b
      {
        const int b_k_item = (int)get_local_id(0) / 4;
        const int b_n_item = (int)get_local_id(0) % 4;
        #pragma unroll
        for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
          if (-b_k_item - 4 * b_k_turn - 8 * k_buffer - 16 * k_pair - 64 * k_split + 119 >= 0) {
            vstore4(vload4(0, &weights[64 * b_k_item + 256 * b_k_turn + 4 * b_n_item + 512 * k_buffer + 1024 * k_pair + 4096 * k_split + 16 * n_group + 512]), 0, &b_next[0][b_k_turn][0][0]);
          }
          else {
            vstore4((float4)(0.0f), 0, &b_next[0][b_k_turn][0][0]);
          }
        }
      }
      // read the input
      {
        const int m_item = (int)get_local_id(0) / 4 % 4;
        const int n_item = (int)get_local_id(0) % 4;
        for (int k_o = 0; k_o < 4; ++k_o) {
          #pragma unroll
          for (int k_u = 0; k_u < 2; ++k_u) {
            #pragma unroll
            for (int m_part = 0; m_part < 2; ++m_part) {
              a[0][m_part] = a_shared[k_buffer][2 * k_o + k_u][0][2 * m_item + m_part];
            }
            // read the weights
            vstore4(vload4(0, &b_shared[k_buffer][2 * k_o + k_u][4 * n_item]), 0, &b[0][0]);
            // multiply and add
            #pragma unroll
            for (int m_part = 0; m_part < 2; ++m_part) {
              vstore4(fma((float4)(a[0][m_part]), vload4(0, &b[0][0]), vload4(0, &sum[0][m_part][0][0])), 0, &sum[0][m_part][0][0]);
            }
          }
        }
      }
    }
  }
  // finish and store
  {
    const int m_item = (int)get_local_id(0) / 4 % 4;
    const int n_item = (int)get_local_id(0) % 4;
    #pragma unroll
    for (int m_part = 0; m_part < 2; ++m_part) {
      if (-2 * m_item - 16 * m_major - 8 * m_minor - m_part + 59 >= 0) {
        vstore4(vload4(0, &sum[0][m_part][0][0]), 0, &partial[3840 * k_split + 128 * m_item + 1024 * m_major + 512 * m_minor + 64 * m_part + 16 * n_group + 4 * n_item]);
      }
    }
  }
}

__attribute__((reqd_work_group_size(64, 1, 1)))
__kernel void matmul_2(__global const float* restrict bias,
    __global float* restrict output,
    __global const float* restrict partial) {
  float add_tile[1];
  const int axis_1 = (int)get_group_id(0) % 60;
  {
    const int item = (int)get_local_id(0);
    add_tile[0] = 0.0f;
    for (int part = 0; part < 2; ++part) {
      add_tile[0] = (add_tile[0] + partial[64 * axis_1 + item + 3840 * part]);
    }
    output[64 * axis_1 + item] = larger_float((add_tile[0] + bias[item]), 0.0f);
  }
}
